"""Which room may import which, one-way imports inside the rooms too, and that the Studio entry names graphs that load."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path

import networkx as nx
import pytest

from graphs.shell.commands import Command
from tests.helpers import REPO

ROOMS = ("scenarios", "memory", "agents", "evaluation", "graphs", "studio", "colloquia")
ALLOWED = {
    "scenarios": set(),
    "memory": {"scenarios"},
    "agents": {"scenarios"},
    "evaluation": {"scenarios", "memory"},
    "graphs": {"scenarios", "memory", "agents", "evaluation"},
    "studio": {"scenarios", "memory", "agents", "evaluation", "graphs"},
    "colloquia": {"scenarios", "memory", "agents", "evaluation", "graphs"},
}

MOST = 16
"""Files of a folder, its `__init__.py` included. The commands at the root of `graphs` do not count: each is one by contract."""


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by the full name"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_that_it_may(room: str) -> None:
    modules = sorted((REPO / room).rglob("*.py"))
    assert modules
    for path in modules:
        wrong = imported(path) & (set(ROOMS) - {room} - ALLOWED[room])
        assert not wrong, f"{path.relative_to(REPO)} imports {', '.join(sorted(wrong))}"


def test_no_room_imports_the_tests() -> None:
    for room in ROOMS:
        for path in (REPO / room).rglob("*.py"):
            assert "tests" not in imported(path), path


PACKAGES = [
    folder.relative_to(REPO)
    for room in ROOMS
    for folder in [REPO / room, *sorted((REPO / room).rglob("*/"))]
    if any(folder.glob("*/__init__.py"))
]

UNCONNECTED = {Path("scenarios/material")}
"""Packages whose children have nothing to do with each other."""


def place(package: Path, module: str) -> str:
    """Which of a package's children a module belongs to: a sub-package with all that is in it, or a file."""
    return module.split(".")[len(package.parts)]


def arrows(package: Path) -> nx.DiGraph[str]:
    """Which of a package's children imports which; an edge names a file that does."""
    prefix = ".".join(package.parts) + "."
    graph: nx.DiGraph[str] = nx.DiGraph()
    for path in sorted((REPO / package).rglob("*.py")):
        module = ".".join(path.relative_to(REPO).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith(prefix) and place(package, name) != place(package, module):
                    graph.add_edge(place(package, module), place(package, name), file=path.name)
    return graph


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_imports_inside_a_package_go_one_way(package: Path) -> None:
    graph = arrows(package)
    assert graph.edges or package in UNCONNECTED
    circles = [
        " → ".join(f"{a} ({graph.edges[a, b]['file']})" for a, b in zip(circle, [*circle[1:], circle[0]], strict=True))
        for circle in nx.simple_cycles(graph)
    ]
    assert not circles, "; ".join(circles)


@pytest.mark.parametrize("room", ROOMS)
def test_a_folder_is_small_and_says_what_lives_there(room: str) -> None:
    folders = {path.parent for path in (REPO / room).rglob("*.py")}
    for folder in sorted(folders):
        said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        assert said, f"{folder.relative_to(REPO)}/__init__.py: no docstring says what lives there"
        commands = {f"{command}.py" for command in Command} if folder == REPO / "graphs" else set()
        count = len({path.name for path in folder.glob("*.py")} - commands)
        assert count <= MOST, f"{folder.relative_to(REPO)} has {count} files"


async def test_langgraph_json_names_graphs_that_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    named = json.loads((REPO / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    assert len(named) == 2
    for place, where in enumerate(named.values()):
        file, _, variable = (where if isinstance(where, str) else where["path"]).partition(":")
        path = (REPO / file).resolve()
        assert path.is_relative_to(REPO)
        spec = importlib.util.spec_from_file_location(f"studio_entry_{place}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        async with getattr(module, variable)() as graph:
            assert {"__start__", "__end__"} <= set(graph.get_graph().nodes)
            assert len(graph.get_graph().nodes) > 2
    assert not list(tmp_path.iterdir()), "loading a graph writes nothing"


def test_no_class_name_stands_for_two_things() -> None:
    homes: dict[str, list[str]] = {}
    for room in ROOMS:
        for path in sorted((REPO / room).rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes.setdefault(node.name, []).append(str(path.relative_to(REPO)))
    assert not {name: places for name, places in homes.items() if len(places) > 1}
