"""The paths in a run's settings: stored so that they hold from any folder, and found again if the run was moved."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphs.settings.embedding import EmbeddingBackend
from graphs.settings.schema import MemorySettings
from scenarios.loading import is_scenario_path

HOME = "home"
"""The key of run.yaml that says where the run's directory was when the file was written."""
_MEMORY = str(MemorySettings.model_fields["path"].default)
_HUB = "hf:"


def lasting(settings: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """The settings of the run in `out`, as run.yaml keeps them, with every path absolute, that of the memory too if nobody
    named it."""
    found = _changed(settings, _absolute)
    memory = found.setdefault("memory", {})
    if not memory.get("url"):
        memory.setdefault("path", _absolute(_MEMORY))
    return {**found, HOME: _absolute(str(out))}


def found_again(settings: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Settings as run.yaml keeps them, for the run that is in `out` now.

    A path that leads nowhere any more is looked for where it would be if it was moved with the run. A relative one, which
    earlier versions wrote, is looked for above the run, and else stays relative to the current folder.
    """
    there = Path(_absolute(str(out)))
    home = settings.get(HOME)
    was = Path(home) if isinstance(home, str) and os.path.isabs(home) else there  # noqa: PTH117 - Path.is_absolute needs a Path
    found = _changed(settings, lambda path: _found(path, was, there))
    found.pop(HOME, None)
    memory = found.get("memory", {})
    if HOME not in settings and isinstance(memory, dict) and not memory.keys() & {"path", "url"}:
        default = _found(_MEMORY, was, there)
        if default != _MEMORY:
            found["memory"] = {**memory, "path": default}
    return found


def _found(path: str, was: Path, there: Path) -> str:
    if not Path(path).is_absolute():
        return next((str(above / path) for above in there.parents if (above / path).exists()), path)
    if was == there or os.path.lexists(path):
        return path
    moved = os.path.normpath(there / os.path.relpath(path, was))
    return moved if os.path.lexists(moved) else path


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - a link stays the link that it is


def _changed(settings: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The settings with each path changed. What is no path, or of no type that a path has, stays."""
    found = copy.deepcopy(dict(settings))
    if isinstance(named := found.get("scenario"), str) and is_scenario_path(named):
        found["scenario"] = change(named)
    if isinstance(path := found.get("feedback"), str) and path:
        found["feedback"] = change(path)
    memory, embedding, forbidden = (_group(found, name) for name in ("memory", "embedding", "forbidden"))
    if isinstance(path := memory.get("path"), str) and path:
        memory["path"] = change(path)
    roles = [_group(one, "llm") for one in _group(found, "roles").values() if isinstance(one, dict)]
    for llm in (_group(found, "llm"), *roles):
        if isinstance(path := llm.get("gguf"), str) and path and not path.startswith(_HUB):
            llm["gguf"] = change(str(Path(path).expanduser()))
    if embedding.get("backend") == EmbeddingBackend.SENTENCE_TRANSFORMERS and isinstance(
        model := embedding["model"], str
    ):
        folder = Path(model).expanduser()
        if folder.is_dir() or folder.is_absolute():
            embedding["model"] = change(str(folder))
    if isinstance(files := forbidden.get("benchmarks"), list):
        forbidden["benchmarks"] = [change(file) if isinstance(file, str) else file for file in files]
    return found


def _group(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}
