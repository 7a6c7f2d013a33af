"""Worlds by name: those that ship, and modules of the user's that the user has named as trusted."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from scenarios.errors import ScenarioError, nearest
from scenarios.worlds.world import World

BUILT_IN = {name: f"scenarios.worlds.{name}" for name in ("cloakroom", "library", "courier")}

_BEFORE = {
    "c403956ca9292026": "38e826b863815661",
    "dded37b7df403fe8": "f1ed7e3ffeb7b85d",
    "423edd56477722c2": "1856e27ab6bec5c4",
}
"""Digest of a world that ships → the digest under which runs of version 0.1.0 know it. Since then the worlds were moved and
got other words for proposals; their states, tools, rules and tasks are the same, so that a dataset of before still verifies."""


def module_of(name: str, trusted: Collection[str]) -> str:
    """The module of the world that a scenario names. Raises ScenarioError where it is neither ours nor trusted: a
    scenario file alone cannot have code run."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name in trusted:
        return name
    raise ScenarioError(
        f"world.name={name}: no such world ships{nearest(name, BUILT_IN)}; there are {', '.join(sorted(BUILT_IN))}. "
        f"If it is a Python module that you trust to run, add trust={name}"
    )


@lru_cache
def world_in(module: str) -> World:
    """The world of a module, which is run. Raises ScenarioError where there is none."""
    try:
        world = importlib.import_module(module).WORLD
    except ModuleNotFoundError as error:
        raise ScenarioError(f"world.name={module}: {error}; make it importable from here") from None
    except AttributeError:
        raise ScenarioError(f"world.name={module}: the module has no WORLD") from None
    if not isinstance(world, World):
        raise ScenarioError(f"world.name={module}: its WORLD is not a scenarios.worlds.world.World")
    return world


def digest_of(module: str) -> str:
    """A digest of what a module's source says, or all sources of a package: without its imports and blank lines, so
    that a world is the same when other modules have moved."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ScenarioError(f"world.name={module}: there is no such module; make it importable from here")
    file = Path(spec.origin)
    files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
    found = hashlib.sha256("".join(map(_without_imports, files)).encode()).hexdigest()[:16]
    return _BEFORE.get(found, found)


def _without_imports(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(line for line in lines if line.strip())
