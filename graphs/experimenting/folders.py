"""`arms.json`: which folder has which arm, and with which settings it was begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from graphs.experimenting.file import ArmPlan
from graphs.files.rundir import run_dir_faults, write_bytes
from graphs.settings.binding import OPERATIONAL
from graphs.settings.schema import flat
from scenarios.errors import RunDirError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import json_of, read_bounded

ARMS = "arms"
_FILE = "arms.json"


class ArmFolder(Frozen):
    """An arm's folder."""

    key: str
    settings: dict[str, str]
    """Those that decide what comes out."""


class _Listed(Frozen):
    folders: dict[str, ArmFolder]


class Folders:
    """The folders of an experiment's arms: one that is known stays where it is, and a new one gets the next number."""

    def __init__(self, out: Path) -> None:
        self._path = out / _FILE
        self.known = dict[str, ArmFolder]()
        if self._path.exists():
            try:
                self.known = dict(_Listed.model_validate(json_of(read_bounded(self._path))).folders)
            except (OSError, ValueError, ValidationError):
                raise RunDirError(f"{self._path}: cannot be read; restore it, or give another out=") from None

    def of(self, plan: ArmPlan, slug: str) -> str:
        """The folder of an arm. Raises RunDirError if one of its name was begun with other settings."""
        key = f"{plan.name} {plan.settings.get('draws')}" if plan.added else plan.name
        settings = _deciding(plan.settings)
        for name, there in self.known.items():
            if there.key == key:
                _check_same(plan.name, there.settings, settings)
                return name
        number = 1 + max((int(name[:2]) for name in self.known if name[:2].isdecimal()), default=0)
        name = f"{number:02d}-{slug}"
        self.known[name] = ArmFolder(key=key, settings=settings)
        return name

    def write(self) -> None:
        """Write arms.json. Raises RunDirError."""
        with run_dir_faults(self._path.parent):
            told = _Listed(folders=self.known).model_dump(mode="json")
            write_bytes(self._path, orjson.dumps(told, option=orjson.OPT_INDENT_2))


def _deciding(settings: dict[str, Any]) -> dict[str, str]:
    """The settings that decide what comes out, as they are typed."""
    told = {key.removesuffix(".llm"): value for key, value in flat(settings).items()}
    return {key: str(value) for key, value in sorted(told.items()) if not _is_operational(key)}


def _is_operational(key: str) -> bool:
    parts = key.split(".")
    own = ".".join(parts[2:]) if parts[0] == "roles" else key
    return any(own == name or own.startswith(f"{name}.") for name in OPERATIONAL)


def _check_same(arm: str, before: dict[str, str], now: dict[str, str]) -> None:
    for key in {**before, **now}:
        if before.get(key) != now.get(key):
            was, is_ = before.get(key, "not set"), now.get(key, "not set")
            raise RunDirError(
                f"arms.{arm}: was begun with {key} {was}, and the file says {is_}: give the arm another name, or another out="
            )
