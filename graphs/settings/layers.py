"""Who says what: the command line, the user's own settings file, a run directory and a scenario, each over the next.

The order for a new run is the command line, the user's file, the scenario; for a run that goes on, the command line, then
run.yaml, which holds what the others said when the run was made. What is guarded (`graphs.settings.guarding`) and was said
by somebody else is foreign: it counts only once the user has said it, too.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphs.settings.guarding import default_of, guarded_in
from graphs.settings.schema import Settings
from scenarios.errors import SettingsError

_SHOWN = 6
"""Settings that an error names."""
_LONGEST = 200
"""Characters of a value that an error repeats."""


@dataclass(frozen=True)
class ForeignSetting:
    """A guarded value that somebody else chose."""

    key: str
    value: Any
    by: str
    """Who says so, in words."""

    def typed(self) -> str:
        """What to type to accept it."""
        value = self.value
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            value = f"[{','.join(value)}]"
        if isinstance(value, str) and len(value) <= _LONGEST:
            return shlex.quote(f"{self.key}={value}")
        return f"{self.key}=…"


@dataclass(frozen=True)
class Layers:
    """What was given to a command, by who said it; each is a nested mapping."""

    command: Mapping[str, Any]
    """The words of the command line, or Python's."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """The user's own settings file."""
    run: Mapping[str, Any] | None = None
    """run.yaml, if a run goes on."""
    run_file: str = ""
    ours: bool = False
    """The guarded settings in `run` are those of a run that was made here."""

    def trusted(self) -> str:
        """The module that the user trusts to be a world; empty if none."""
        return str(self.command.get("trust") or self.own.get("trust") or "")

    def scenario(self) -> str:
        """The scenario that is named."""
        named = (layer.get("scenario") for layer in (self.command, self.run or self.own))
        return str(next(filter(None, named), Settings.model_fields["scenario"].default))

    def merged(self, scenario: Mapping[str, Any]) -> tuple[dict[str, Any], list[ForeignSetting]]:
        """All that is said, over what the scenario says; and what of it nobody but others has said."""
        mine, others = self._sorted(scenario)
        whole: dict[str, Any] = {}
        said: dict[str, str] = {}
        for by, values in (*others, *(("", one) for one in mine)):
            whole = over(whole, values)
            said |= dict.fromkeys(guarded_in(values, Settings), by)
        due: dict[str, Any] = {}
        for values in mine:
            due = over(due, values)
        foreign = [
            ForeignSetting(key, value, said[key])
            for key, value in guarded_in(whole, Settings).items()
            if said[key] and value != _without(key, due)
        ]
        return whole, foreign

    def _sorted(
        self, scenario: Mapping[str, Any]
    ) -> tuple[list[Mapping[str, Any]], list[tuple[str, Mapping[str, Any]]]]:
        """What the user says and what others say, those that stand over the others last."""
        theirs: list[tuple[str, Mapping[str, Any]]] = [("the scenario", scenario)]
        if self.run is None:
            return [self.own, self.command], theirs
        if self.ours:
            return [self.run, self.command], theirs
        # Of the user's file only what run.yaml says, too: the rest of run.yaml is the run's.
        asked, own = guarded_in(self.run, Settings), guarded_in(self.own, Settings)
        return [nested({key: own[key] for key in asked if key in own}), self.command], [
            *theirs,
            (self.run_file, self.run),
        ]


def check_foreign(foreign: Iterable[ForeignSetting], uses: Iterable[str] = ("",)) -> None:
    """Raise SettingsError if somebody else chose a key that a command uses (`uses` are beginnings of keys): one line
    with the keys, who says so, and what to type."""
    used = [one for one in foreign if one.key.startswith(tuple(uses))]
    if not used:
        return
    shown, first = used[:_SHOWN], used[0]
    more = f" and {len(used) - _SHOWN} more" if len(used) > _SHOWN else ""
    whose = "a scenario" if first.by == "the scenario" else "a run directory that was not made here"
    raise SettingsError(
        f"{first.key}: {first.by} says {', '.join(one.typed() for one in shown)}{more}, and {whose} may not choose where "
        f"requests, keys and files go; if that is where you want them, type it: {' '.join(one.typed() for one in shown)}"
    )


def over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings with others over them. A memory that `top` names replaces the one of `base`, directory or server."""
    merged = dict(without_memory(base, top))
    for key, value in top.items():
        inner = merged.get(key)
        merged[key] = over(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return merged


def without_memory(base: Mapping[str, Any], top: Mapping[str, Any]) -> Mapping[str, Any]:
    """`base` without the memory that it names, if `top` names one: a directory replaces a server, and the reverse."""
    names, memory = {"path", "url"}, top.get("memory")
    if not isinstance(memory, Mapping) or not names & memory.keys() or not isinstance(base.get("memory"), Mapping):
        return base
    return {**base, "memory": {key: value for key, value in base["memory"].items() if key not in names}}


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by dotted keys as nested mappings."""
    found: dict[str, Any] = {}
    for key, value in flat.items():
        for part in reversed(key.split(".")):
            value = {part: value}
        found = over(found, value)
    return found


def _without(key: str, due: Mapping[str, Any]) -> Any:
    """What a guarded key would be if nobody else had said anything: a role has the run's own."""
    mine = guarded_in(due, Settings)
    if key in mine:
        return mine[key]
    if key.startswith("roles."):
        return _without(f"llm.{key.rpartition('.')[2]}", due)
    return default_of(key, Settings)
