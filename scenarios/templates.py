"""Templates: Jinja in its sandbox, strict about undefined names.

A prompt file has sections, each opened by a line `=== system ===`, `=== user ===` or `=== assistant ===`;
a file without such a line is one user section. The file is split before it is rendered, so that
nothing a model wrote can open a section.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scenarios.errors import ScenarioError, nearest
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech

_ENV = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
)
_PLAIN = re.compile(r"[^{\r\n]*")
"""A source that says the same whatever the values are."""
_SECTION = re.compile(r"^=== (system|user|assistant) ===[ \t]*\n", re.MULTILINE)


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Template:
    return _ENV.from_string(source)


def render(source: str, values: Mapping[str, Any], where: str) -> str:
    """Render a template's source with `values`.

    Raises ScenarioError, naming `where`, for a broken template, an undefined variable, or one that
    reaches for Python attributes.
    """
    if _PLAIN.fullmatch(source):
        return source
    try:
        return _compiled(source).render(values)
    except SecurityError as error:
        raise ScenarioError(f"{where}: the template reaches for Python attributes ({error}); use plain names") from None
    except UndefinedError as error:
        raise ScenarioError(f"{where}: {error}; known here: {', '.join(sorted(values)) or 'nothing'}") from None
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ScenarioError(f"{where}: broken template: {error}") from None


@lru_cache(maxsize=1024)
def _used(source: str) -> frozenset[str]:
    """The names that a template uses. Raises TemplateError."""
    return frozenset(meta.find_undeclared_variables(_ENV.parse(source)))


def check_names(source: str, known: set[str], where: str) -> None:
    """Raise ScenarioError if a template uses a name outside `known`, also on a branch not taken."""
    try:
        used = _used(source)
    except TemplateError as error:
        raise ScenarioError(f"{where}: broken template: {error}") from None
    for name in sorted(used - known):
        raise ScenarioError(
            f"{where}: '{name}' is undefined{nearest(name, known)}; known here: {', '.join(sorted(known))}"
        )


class Prompt(Frozen):
    """A prompt file: its sections in order, as template sources."""

    file: str
    sections: tuple[tuple[Speech, str], ...]

    @classmethod
    def parse(cls, file: str, source: str) -> Prompt:
        """Split a prompt file into its sections."""
        parts = _SECTION.split(source)
        if len(parts) == 1:
            return cls(file=file, sections=((Speech.USER, source),))
        if parts[0].strip():
            raise ScenarioError(f"{file}: there is text before the first section")
        pairs = zip(parts[1::2], parts[2::2], strict=True)
        return cls(file=file, sections=tuple((Speech(role), text) for role, text in pairs))

    def messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The rendered messages; a section that renders to nothing is left out."""
        rendered = ((role, render(source, values, self.file)) for role, source in self.sections)
        return tuple(Message(role=role, content=text.rstrip("\n")) for role, text in rendered if text.strip())

    def uses(self, name: str) -> bool:
        """Whether a section uses a name."""
        return any(name in _used(source) for _, source in self.sections)

    def check(self, known: set[str]) -> None:
        """Raise ScenarioError if a section is broken or uses an unknown name."""
        for _, source in self.sections:
            check_names(source, known, self.file)
