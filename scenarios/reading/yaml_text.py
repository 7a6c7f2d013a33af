"""YAML as data whose scalars stay text: `no`, `12:30`, `07710` and `1.10` are what they look like, until a model that wants
a number or a switch reads them as one.

libyaml reads the text; what its events mean is decided here, within bounds: no tag runs anything, a key is given once,
aliases neither multiply nor stand for themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scenarios.errors import ScenarioError, UserError
from scenarios.reading.files import read_text, unwritable

_MOST_NODES = 250_000
_MOST_SIZE = 10_000_000
"""Characters and nodes together, with every alias written out."""
_MOST_DEPTH = 60
_TAG = "tag:yaml.org,2002:"
_NULLS = {"", "~", "null", "Null", "NULL"}
_TYPED = {
    "int": re.compile(r"[-+]?\d+"),
    "float": re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"),
    "bool": re.compile(r"true|false|yes|no|on|off", re.IGNORECASE),
    "null": re.compile(r"~|null|", re.IGNORECASE),
}
_WHOLE = re.compile(r"-?\d{1,18}")
_BROKEN = re.compile(r"-?\d{1,15}\.\d{1,15}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SEPARATORS = "\x85\u2028\u2029"
"""libyaml ends a line at each of them; YAML of today and everybody else does not."""


class Plain(str):
    """A scalar without quotation marks, or a number in JSON, as it is spelled."""

    __slots__ = ()


def read_yaml(path: Path, wrong: type[UserError] = ScenarioError) -> Any:
    """What a YAML file holds, as `parse_yaml` gives it. Raises `wrong`."""
    try:
        return parse_yaml(read_text(path, wrong))
    except ValueError as error:
        raise wrong(f"{path}: broken YAML: {error}") from None


def parse_yaml(text: str) -> Any:
    """What YAML holds: mappings with text keys, lists, texts, and None for a mapping's value that is null.

    Raises ValueError in one line that names the line.
    """
    kept = _keeping_separators(text)
    builder = _Builder(back={place: sign for sign, place in kept.items()})
    try:
        for event in yaml.parse(text.translate(kept), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.YAMLError as error:
        raise ValueError(_told(error, text)) from None
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate)") from None
    return builder.root


def number_of(text: str) -> int | float | str:
    """The number that a scalar is, if writing it down again gives the same characters; else the text."""
    if _WHOLE.fullmatch(text) and str(int(text)) == text:
        return int(text)
    if _BROKEN.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return str(text)


def typed(value: Any) -> Any:
    """Data with every plain scalar typed as YAML 1.1 has it: for digests, which were always made of that."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    if not isinstance(value, Plain) or len(value) > 40:
        return value
    try:
        found = yaml.load(value, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError):
        return str(value)
    return str(value) if isinstance(found, int) and abs(found) >= 2**63 else found


def _keeping_separators(text: str) -> dict[int, int]:
    """Signs of a private area that the text has not, in place of separators that have to stay in their scalars."""
    met = [sign for sign in _SEPARATORS if sign in text]
    free = (place for place in range(0xE000, 0xF8FF) if chr(place) not in text) if met else iter(())
    return {ord(sign): next(free) for sign in met}


def _told(error: yaml.YAMLError, text: str) -> str:
    """What is wrong with a text, in one line."""
    if found := _CONTROL.search(text):
        return (
            f"line {text.count(chr(10), 0, found.start()) + 1}: the control character {found[0]!r} stands in the text"
        )
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split())
    context = getattr(error, "context_mark", None) or mark
    lines = text.split("\n")
    for number in range(max(0, context.line), min(mark.line + 1, len(lines))):
        if "\t" in lines[number][: len(lines[number]) - len(lines[number].lstrip())]:
            return f"line {number + 1}: begins with a tab; indent with spaces"
    if lines[min(mark.line, len(lines) - 1)][mark.column : mark.column + 1] == "\t":
        return f"line {mark.line + 1}: has a tab where YAML wants a space"
    told = ", ".join(part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part)
    if "nesting depth" in told:
        return f"line {mark.line + 1}: nested too deeply"
    open_since = context if mark.line >= len(text.rstrip().split("\n")) else mark  # the end is where nothing is wrong
    return f"line {open_since.line + 1}: {told}"


@dataclass
class _Open:
    """A mapping or list whose end has not come."""

    value: dict[str, Any] | list[Any]
    line: int
    anchor: str | None
    size: int = 1
    key: str | None = None
    """Of a mapping: the key whose value is next."""
    merged: list[dict[str, Any]] = field(default_factory=list)
    merges: bool = False
    """The value that is next is merged in."""


@dataclass
class _Builder:
    """Builds data out of events, without recursion."""

    back: dict[int, int]
    root: Any = None
    _began: bool = False
    _open: list[_Open] = field(default_factory=list)
    _known: dict[str, tuple[Any, int] | None] = field(default_factory=dict)
    """Anchors, with the value and its size; None as long as it is open."""
    _nodes: int = 0
    _size: int = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event. Raises ValueError."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.ScalarEvent):
            text = self._scalar(event, line)
            self._count(len(text) + 1, line)
            if event.anchor:
                self._known[event.anchor] = text, len(text) + 1
            self._add(text, len(text) + 1, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), line)
        elif isinstance(event, yaml.DocumentStartEvent):
            if self._began:
                raise ValueError(f"line {line}: a second document begins; keep one in a file")
            self._began = True

    def _begin(self, event: yaml.CollectionStartEvent, line: int) -> None:
        maps = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"{_TAG}{'map' if maps else 'seq'}"):
            raise ValueError(f"line {line}: the tag {_named(event.tag)} does not fit here; remove it")
        if len(self._open) >= _MOST_DEPTH:
            raise ValueError(f"line {line}: nested too deeply; at most {_MOST_DEPTH} levels are possible")
        self._count(1, line)
        if event.anchor:
            self._known[event.anchor] = None
        self._open.append(_Open({} if maps else [], line, event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict) and done.merged:
            own = dict(done.value)
            done.value.clear()
            for other in done.merged:
                done.value.update({key: value for key, value in other.items() if key not in done.value})
            done.value.update(own)
        if done.anchor:
            self._known[done.anchor] = done.value, done.size
        self._add(done.value, done.size, done.line)

    def _alias(self, anchor: str, line: int) -> None:
        if anchor not in self._known:
            raise ValueError(f"line {line}: nothing above has the anchor &{anchor} that *{anchor} stands for")
        known = self._known[anchor]
        if known is None:
            raise ValueError(f"line {line}: *{anchor} is a part of what it stands for")
        self._count(known[1], line)
        self._add(*known, line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> str:
        text = event.value.translate(self.back) if self.back else event.value
        if why := unwritable(text):
            raise ValueError(f"line {line}: {why}")
        if event.tag in (None, "!"):
            return Plain(text) if event.tag is None and event.implicit[0] else str(text)
        kind = event.tag.removeprefix(_TAG)
        if kind == "str" and event.tag != kind:
            return str(text)
        if kind not in _TYPED or event.tag == kind or not _TYPED[kind].fullmatch(text):
            raise ValueError(f"line {line}: the tag {_named(event.tag)} does not fit here; remove it")
        return Plain(text)

    def _count(self, size: int, line: int) -> None:
        self._nodes += 1
        self._size += size
        if self._nodes > _MOST_NODES or self._size > _MOST_SIZE:
            raise ValueError(f"line {line}: too much for one file, with all that its aliases stand for")

    def _add(self, value: Any, size: int, line: int) -> None:
        if not self._open:
            self.root = None if _null(value) else value
            return
        parent = self._open[-1]
        parent.size += size
        if isinstance(parent.value, list):
            parent.value.append(None if _null(value) and not value else value)
        elif parent.merges:
            parent.merges = False
            parent.merged += self._to_merge(value, line)
        elif parent.key is None:
            self._key(parent, value, line)
        else:
            parent.value[parent.key] = None if _null(value) else value
            parent.key = None

    def _key(self, parent: _Open, value: Any, line: int) -> None:
        if not isinstance(value, str):
            raise ValueError(f"line {line}: a key has to be a text")
        if isinstance(value, Plain) and value == "<<":
            parent.merges = True
            return
        key = str(value)
        if key in parent.value:
            raise ValueError(f"line {line}: the key '{key[:60]}' is given twice")
        parent.key = key

    @staticmethod
    def _to_merge(value: Any, line: int) -> list[dict[str, Any]]:
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, dict) for one in found):
            raise ValueError(f"line {line}: '<<' takes a mapping, or a list of them")
        return found


def _null(value: Any) -> bool:
    return isinstance(value, Plain) and value in _NULLS


def _named(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag
