"""Templates: Jinja in its sandbox, strict about undefined names, bounded (see `scenarios.templating`).

A prompt file has sections, each opened by a line `=== system ===`, `=== user ===` or `=== assistant ===`;
a file without such a line is one user section. The file is split before it is rendered, so that
nothing a model wrote can open a section.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from pydantic import PrivateAttr

from scenarios.errors import ScenarioError, nearest
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech
from scenarios.templating.budget import TooMuch, within_budget
from scenarios.templating.environment import BoundedEnvironment
from scenarios.templating.filters import FILTERS

_ENV = BoundedEnvironment()
_ENV.filters |= FILTERS
_PLAIN = re.compile(r"[^{\r\n]*")
"""A source that says the same whatever the values are."""
_SECTION = re.compile(r"^=== (system|user|assistant) ===[ \t]*\n", re.MULTILINE)
_TAGS = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_MOST_CODE = 50_000
"""Characters within the tags of a template: it is compiled before anything of it can be counted."""
_UNDEFINED = re.compile(r"'(\w+)' is undefined")
_NO_SUCH = re.compile(r"No (filter|test) named '(\w+)'")
_TAG = re.compile(r"Encountered unknown tag '(\w+)'")
_TAG_WORDS = ("block", "call", "elif", "else", "endblock", "endcall", "endfilter", "endfor", "endif", "endmacro", "endset",
              "filter", "for", "if", "macro", "raw", "set")  # fmt: skip
_BROKEN = (
    TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, SyntaxError, MemoryError,
)  # fmt: skip
"""What compiling or rendering a template raises. Python refuses code that is nested too deeply as a syntax or memory error."""


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Template:
    _check_length(source)
    return _ENV.from_string(source)


def _check_length(source: str) -> None:
    if len(source) > _MOST_CODE and sum(map(len, _TAGS.findall(source))) > _MOST_CODE:
        raise TooMuch(f"more than {_MOST_CODE:,} characters stand within its tags")


def render(source: str, values: Mapping[str, Any], where: str, first: int = 1) -> str:
    """Render a template's source, whose first line is line `first` of the file, with `values`.

    Raises ScenarioError, naming `where` and the line, for a broken template, an undefined variable, one that reaches for Python
    attributes, prints what is no text or number, or does more than a prompt needs.
    """
    if _PLAIN.fullmatch(source):
        return source
    try:
        return within_budget(lambda: _compiled(source).render(values))
    except _BROKEN as error:
        raise _error(error, where, first, values) from None


@lru_cache(maxsize=1024)
def _parsed(source: str) -> tuple[nodes.Template, frozenset[str]]:
    """A template, and the names that it uses. Raises what is `_BROKEN`."""
    _check_length(source)
    tree = _ENV.parse(source)
    return tree, frozenset(meta.find_undeclared_variables(tree))


def check_names(source: str, known: set[str], where: str, first: int = 1) -> None:
    """Raise ScenarioError if a template uses a name outside `known`, also on a branch not taken."""
    try:
        tree, used = _parsed(source)
    except _BROKEN as error:
        raise _error(error, where, first, known) from None
    for name in sorted(used - known):
        line = next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)
        raise ScenarioError(
            f"{where}: line {line + first - 1}: '{name}' is undefined{nearest(name, known)}; "
            f"known here: {', '.join(sorted(known))}"
        )


def _error(error: BaseException, where: str, first: int, known: Collection[str]) -> ScenarioError:
    """What a template did wrong, in one line."""
    line = _line(error)
    place = f"{where}: line {line + first - 1}" if line else where
    if isinstance(error, SecurityError):
        return ScenarioError(f"{place}: the template reaches for Python attributes ({error}); use plain names")
    if isinstance(error, UndefinedError):
        undefined = _UNDEFINED.fullmatch(str(error))
        near = nearest(undefined[1], known) if undefined else ""
        return ScenarioError(f"{place}: {error}{near}; known here: {', '.join(sorted(known)) or 'nothing'}")
    if isinstance(error, RecursionError | MemoryError | SyntaxError):
        return ScenarioError(f"{place}: broken template: nested too deeply")
    told = " ".join(str(error.message if isinstance(error, TemplateSyntaxError) else error).split())
    return ScenarioError(f"{place}: broken template: {told[:300]}{_near(told)}")


def _near(told: str) -> str:
    """The nearest filter, test or tag, if an unknown one is what is wrong."""
    if unknown := _NO_SUCH.search(told):
        return nearest(unknown[2], _ENV.filters if unknown[1] == "filter" else _ENV.tests)
    unknown = _TAG.search(told)
    return nearest(unknown[1], _TAG_WORDS) if unknown else ""


def _line(error: BaseException) -> int:
    """The line of the template at which an error came up; 0 if it is not known."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    found, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


class Prompt(Frozen):
    """A prompt file: its sections in order, as template sources."""

    file: str
    sections: tuple[tuple[Speech, str], ...]
    _lines: tuple[int, ...] = PrivateAttr(default=())
    """The line of the file at which each section begins."""

    @classmethod
    def parse(cls, file: str, source: str) -> Prompt:
        """Split a prompt file into its sections."""
        parts = _SECTION.split(source)
        if len(parts) == 1:
            return cls(file=file, sections=((Speech.USER, source),))
        if parts[0].strip():
            raise ScenarioError(f"{file}: there is text before the first section")
        pairs = zip(parts[1::2], parts[2::2], strict=True)
        prompt = cls(file=file, sections=tuple((Speech(role), text) for role, text in pairs))
        prompt._lines = tuple(source.count("\n", 0, found.end()) + 1 for found in _SECTION.finditer(source))
        return prompt

    def messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The rendered messages; a section that renders to nothing is left out."""
        rendered = ((role, render(source, values, self.file, first)) for role, source, first in self._placed())
        return tuple(Message(role=role, content=text.rstrip("\n")) for role, text in rendered if text.strip())

    def uses(self, name: str) -> bool:
        """Whether a section uses a name."""
        return any(name in _parsed(source)[1] for _, source in self.sections)

    def check(self, known: set[str]) -> None:
        """Raise ScenarioError if a section is broken or uses an unknown name."""
        for _, source, first in self._placed():
            check_names(source, known, self.file, first)

    def _placed(self) -> list[tuple[Speech, str, int]]:
        lines = self._lines or (1,) * len(self.sections)
        return [(role, source, first) for (role, source), first in zip(self.sections, lines, strict=True)]
