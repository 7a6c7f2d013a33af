"""Whether the rooms that Python would import are ours: other projects have packages of the same names."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

ROOMS = ("scenarios", "memory", "agents", "evaluation", "graphs")
_MARK = "colloquia"
"""Stands in the first line of each room's `__init__.py`."""


class ForeignPackage(ImportError):
    """Python finds another project's package in place of one of ours. The text is one line that says what to do."""


def check_rooms(rooms: Sequence[str] = ROOMS) -> None:
    """Raise ForeignPackage if another project's package stands in place of a room. Imports no room."""
    for room in rooms:
        spec = importlib.util.find_spec(room)
        origin = spec.origin if spec else None
        if origin is None or not _is_ours(Path(origin)):
            folders = list(spec.submodule_search_locations or ()) if spec else []
            where = Path(origin).parent if origin else next(iter(folders), "nothing")
            raise ForeignPackage(
                f"'import {room}' finds {where}, which is not Colloquia's: another project has a package of that name "
                "(openai-agents installs an 'agents'), or the current folder has a folder of that name. Install "
                "Colloquia in a virtual environment of its own, and start it from another folder"
            )


def _is_ours(init: Path) -> bool:
    try:
        with init.open(encoding="utf-8") as file:
            return _MARK in file.readline().lower()
    except (OSError, UnicodeDecodeError):
        return False
