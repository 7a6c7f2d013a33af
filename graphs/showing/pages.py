"""A scenario as lines to read: whole with long parts cut short, or one part of it whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.showing.document import Document, prompts_in
from graphs.showing.origins import Origin, Origins
from graphs.showing.yaml_text import entry, indented, yaml_lines
from scenarios.conversations.expanding import names_text
from scenarios.errors import SettingsError, nearest
from scenarios.loading import read_prompt
from scenarios.schema.styles import PerStyle

PROMPTS = "prompts"
"""The part that is every prompt's text."""
_MOST_ITEMS, _SHOWN = 12, 3
_MOST_TEXT = 400
_OPENED = ("axes", "facts", "roles", "questions", "rubric", "conversation", "checks")
"""The parts whose own parts are shown one by one."""


def page(document: Document) -> list[str]:
    """The whole scenario, each part with where it came from; long lists and texts are cut short."""
    origins = Origins(document)
    lines = [
        f"# {document.path}",
        f"# Behind a part stands where it came from: {origins.own}, or the packaged default.",
        "# part=NAME shows one whole, such as part=roles.critic.",
        "",
    ]
    for key, value in document.whole.items():
        lines += _shown(document, origins, (key,), value)
    notes = [f"# {note}" for note in document.loaded.notes]
    return [*lines, "", *_prompts(document, origins), *notes]


def _shown(
    document: Document, origins: Origins, path: tuple[str, ...], value: Any, *, above: bool = False
) -> list[str]:
    """The lines of a part; `above` says that the line of the part that it belongs to has its origin already."""
    key, origin = path[-1], origins.of(path)
    words = origins.detail(path) if above else origins.in_words(path)
    if isinstance(value, Mapping) and value and (origin is Origin.MIXED or (len(path) == 1 and key in _OPENED)):
        head = entry(key, 0, words)[0].replace(": 0", ":", 1)
        inner = (
            _shown(document, origins, (*path, name), one, above=above or origin is not Origin.MIXED)
            for name, one in value.items()
        )
        return [head, *(line for lines in inner for line in indented(lines))]
    if isinstance(value, list) and len(value) > _MOST_ITEMS and isinstance(value[0], Mapping):
        return [*entry(key, value[:_SHOWN], words), *indented([f"# and {len(value) - _SHOWN} more"])]
    if path == ("policy",) and document.is_short and names_text(document.given["policy"]):
        value = document.given["policy"].strip()
    if isinstance(value, str) and len(value) > _MOST_TEXT and len(path) == 1:
        value = f"{value[:_MOST_TEXT].rstrip()} …"
    return entry(key, value, words)


def _prompts(document: Document, origins: Origins) -> list[str]:
    files = document.prompts
    if not files:
        return []
    width = max(map(len, files))
    rows = [f"#   {file:<{width}}  {origins.of_prompt(file):<8}  {', '.join(parts)}" for file, parts in files.items()]
    return ["# Prompts (part=prompts shows them whole):", *rows]


def part(document: Document, name: str) -> list[str]:
    """One part whole, by its dotted name, with the prompts that it names. Raises SettingsError: there is no such part."""
    origins = Origins(document)
    if name == PROMPTS:
        return [line for file in document.prompts for line in _prompt(document, origins, file)]
    if file := _prompt_named(document, name.removeprefix(f"{PROMPTS}.")):
        return _prompt(document, origins, file)
    path = _path(document.whole, name)
    value = document.whole
    for key in path:
        value = value[key]
    lines = [f"# {'.'.join(path)}: {origins.in_words(path) or 'yours and default'}", *_whole(document, path, value)]
    for file in _files_in(document, ".".join(path)):
        lines += ["", *_prompt(document, origins, file)]
    return lines


def _whole(document: Document, path: Sequence[str], value: Any) -> list[str]:
    """A part's lines; of personas and of an axis out of a file also the values."""
    lines = yaml_lines({path[-1]: value}) if value else entry(path[-1], value)
    if tuple(path) in (("documents",), ("tools",)) and document.is_short:
        found = document.loaded.passages if path[0] == "documents" else document.loaded.tools
        return [*lines, "---", *yaml_lines([one.model_dump(mode="json", exclude_defaults=True) for one in found])]
    axis = document.loaded.scenario.axes.get(path[1]) if len(path) > 1 and path[0] in ("axes", "roles") else None
    if axis is None or (path[0] == "roles") != (path[-1] == "personas") or axis.ideate or isinstance(value, list):
        return lines
    return [*lines, "---", *yaml_lines([value.model_dump(exclude_defaults=True) for value in axis.values])]


def _prompt_named(document: Document, name: str) -> str:
    return next((file for file in document.prompts if name in (file, file.removeprefix("@"))), "")


def _files_in(document: Document, name: str) -> list[str]:
    """The prompt files that a part names, once each."""
    found = [prompt for part_, prompt in prompts_in(document.whole) if f"{part_}.".startswith(f"{name}.")]
    return list(dict.fromkeys(file for prompt in found for file in PerStyle.model_validate(prompt).files()))


def _prompt(document: Document, origins: Origins, file: str) -> list[str]:
    return [f"# {file}: {origins.of_prompt(file)}", *read_prompt(document.path, file).rstrip("\n").split("\n"), ""]


def _path(whole: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The keys that a dotted name stands for; a key may hold dots itself."""
    path: tuple[str, ...] = ()
    here: Any = whole
    rest = name
    while rest:
        known = list(here) if isinstance(here, Mapping) else []
        key = next(
            (key for key in sorted(known, key=len, reverse=True) if rest == key or rest.startswith(f"{key}.")), None
        )
        if key is None:
            also = [PROMPTS] if not path else []
            where = ".".join(path) or "the scenario"
            raise SettingsError(
                f"part={name}: {where} has no part '{rest}'{nearest(rest, [*known, *also])}; "
                f"it has {', '.join([*known, *also]) or 'none'}"
            )
        path, here, rest = (*path, key), here[key], rest.removeprefix(key).removeprefix(".")
    return path
