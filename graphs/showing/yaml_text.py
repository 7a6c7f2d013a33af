"""Data as YAML that people read and that is read back as the same, with comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from scenarios.reading.yaml_text import Plain

_WIDTH = 116
_SHORT = 90
"""Characters of a mapping that stands on one line, or of a text before it is folded."""
_WORD = 40
"""Characters of an item of a list that fills its lines."""
_SIMPLE = re.compile(r"[+-]?[\w.]+(?:[+-]\d+)?")
_STR = "tag:yaml.org,2002:str"


class _Writer(yaml.SafeDumper):
    """Texts in blocks if they have several lines, short lists on one line, nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent(self, data: Any) -> None:
        """What is outermost stands in lines of its own, however short."""
        node = self.represent_data(data)
        if isinstance(node, yaml.CollectionNode) and node.value:
            node.flow_style = False
        self.serialize(node)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar(_STR, str(text), _style(text))


def _style(text: str) -> str | None:
    if text[:1].isspace() or not text.strip():
        return None
    return "|" if "\n" in text else ">" if len(text) > _SHORT else None


def _plain(writer: _Writer, text: Plain) -> yaml.ScalarNode:
    """What stood without quotation marks and may be a number or a switch stands so again: with them it would be a text."""
    if not _SIMPLE.fullmatch(text):
        return _text(writer, text)
    tag = writer.resolve(yaml.ScalarNode, str(text), (True, False))  # type: ignore[no-untyped-call]
    return writer.represent_scalar(tag, str(text))


def _list(writer: _Writer, items: Any) -> yaml.SequenceNode:
    return writer.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_short(items))


def _mapping(writer: _Writer, items: Mapping[str, Any]) -> yaml.MappingNode:
    return writer.represent_mapping("tag:yaml.org,2002:map", items, flow_style=_short(items))


def _short(items: Any) -> bool:
    """Whether a list or a mapping is short enough for one line."""
    if isinstance(items, list | tuple) and all(isinstance(item, str) and len(item) <= _WORD for item in items):
        return len(str(items)) <= _SHORT or not any(" " in item for item in items)  # a line breaks at any blank
    return len(str(items)) <= _SHORT and "\\n" not in str(items) and _depth(items) <= 2


def _depth(items: Any) -> int:
    if not isinstance(items, dict | list | tuple):
        return 0
    inner = items.values() if isinstance(items, dict) else items
    return 1 + max(map(_depth, inner), default=0)


_Writer.add_representer(str, _text)
_Writer.add_representer(Plain, _plain)
_Writer.add_representer(list, _list)
_Writer.add_representer(tuple, _list)
_Writer.add_representer(dict, _mapping)


def yaml_lines(data: Any) -> list[str]:
    """Data as lines of YAML, each to be ended. `scenarios.reading.yaml_text.parse_yaml` reads the same data from them."""
    text = yaml.dump(data, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=False)
    return text.removesuffix("...\n").removesuffix("\n").split("\n")


def entry(key: str, value: Any, comment: str = "") -> list[str]:
    """A key with its value as lines of YAML, with a comment on its first line, or above it if it fits there only."""
    lines = yaml_lines({key: value}) if value or value in (0, False) else _empty(key, value)
    if not comment:
        return lines
    if len(lines) > 1 and not lines[0].endswith((":", "|", "|-", "|+", ">", ">-", ">+")):
        return [f"# {comment}", *lines]
    return [f"{lines[0]}  # {comment}", *lines[1:]]


def _empty(key: str, value: Any) -> list[str]:
    """A key whose value is empty; `null` is how a part is left out."""
    return [yaml_lines({key: 0})[0].removesuffix("0") + ("null" if value is None else yaml_lines(value)[0])]


def indented(lines: Iterable[str], by: int = 2) -> list[str]:
    """Lines of YAML further to the right; blank ones stay blank."""
    return [f"{' ' * by}{line}" if line else "" for line in lines]
