"""What the words of the command ask for: which sample and turn, how many branches, and which settings differ. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphs.settings.binding import OPERATIONAL
from graphs.settings.keys import keys, parse_arguments
from graphs.shell.command import keys_given
from scenarios.errors import SettingsError, nearest
from scenarios.frozen import Frozen

OWN = ("out", "id", "turn", "branches", "into")
"""The keys of this command alone."""
_TAKES = ("llm", "roles", "topology", "draws", "tools", "budget", "concurrency", "scenario", "trust")
"""The settings of a run, by their beginnings, that change a branch, or how it is made."""
_ALWAYS = ("scenario", "concurrency")
"""Settings that hold for all branches, beside those that a continued run may change."""
_CHOOSE = ("model", "backend", "gguf", "style")
"""Keys of a model: where one of them is given, its address belongs to it."""
_MOST = 100
_LONGEST = 120
"""Characters of a setting's value that a branch keeps."""


class ForkRequest(Frozen):
    """What is to be forked, and how."""

    out: Path
    id: str
    turn: int
    branches: int | None = None
    """How many, or how many pairs if a setting differs; None if that was not said."""
    into: Path | None = None
    shared: tuple[str, ...] = ()
    """Words that hold for every branch."""
    changing: tuple[str, ...] = ()
    """Words that hold for one branch of each pair."""

    @property
    def changes(self) -> dict[str, str]:
        """The settings that differ, as they were typed."""
        pairs = (word.partition("=") for word in sorted(self.changing))
        return {key: value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…" for key, _, value in pairs}

    def given(self, *, changed: bool) -> dict[str, Any]:
        """The settings of the branches that are `changed`, or of the others, nested."""
        return parse_arguments([*self.shared, *(self.changing if changed else ())])


def asked_of(words: Sequence[str]) -> ForkRequest:
    """The words `key=value`. Raises SettingsError."""
    mine = [word for word in words if word.partition("=")[0] in OWN or "=" not in word]
    settings = [word for word in words if word not in mine]
    given = keys_given(mine, OWN, "graphs.fork", "out=DIR id=ID turn=5")
    for key, example in (("out", "out=DIR, the directory of a run"), ("id", "id=ID"), ("turn", "turn=5")):
        if not given.get(key):
            raise SettingsError(f"{key}: is missing; write {example}")
    parse_arguments(settings)  # what is wrong with a word by itself is said first
    for word in settings:
        _check_useful(word.partition("=")[0])
    names = {word.partition("=")[0] for word in settings}
    shared = [word for word in settings if _is_shared(word.partition("=")[0], names)]
    return ForkRequest(
        out=Path(given["out"]), id=given["id"], turn=_number(given, "turn", 0, 1_000_000),
        branches=_number(given, "branches", 1, _MOST) if "branches" in given else None,
        into=Path(given["into"]) if given.get("into") else None,
        shared=tuple(shared), changing=tuple(word for word in settings if word not in shared),
    )  # fmt: skip


def _number(given: Mapping[str, str], key: str, least: int, most: int) -> int:
    text = given[key]
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingsError(f"{key}={text[:_LONGEST]}: is a number from {least} to {most}")
    return int(text)


def _check_useful(key: str) -> None:
    """Raise SettingsError for a key of which no branch could take notice."""
    group = key.partition(".")[0]
    if group in _TAKES:
        return
    known = {name.partition(".")[0] for name in keys()}
    if group in known:
        raise SettingsError(
            f"{key}: changes nothing in a branch, which keeps its sample's brief and is compared with no other sample; leave it out"
        )
    raise SettingsError(
        f"{key}: unknown key{nearest(key, [*OWN, *keys()])}; python -m graphs.fork --help lists the keys"
    )


def _is_shared(key: str, given: Collection[str]) -> bool:
    """Whether a setting is only how a model is reached, or what may be spent, which holds for every branch alike."""
    name = key.split(".", 2)[2] if key.startswith("roles.") and key.count(".") > 1 else key
    if name.startswith("llm."):
        before = key.removesuffix(name.removeprefix("llm."))
        if any(f"{before}{one}" in given for one in _CHOOSE):
            return False
    return any(name == one or name.startswith(f"{one}.") for one in (*OPERATIONAL, *_ALWAYS))
