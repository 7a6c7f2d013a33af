"""Which room may import which, and that the Studio entry names graphs that load."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.helpers import REPO

ROOMS = ("scenarios", "memory", "agents", "evaluation", "graphs", "studio")
ALLOWED = {
    "scenarios": set(),
    "memory": {"scenarios"},
    "agents": {"scenarios"},
    "evaluation": {"scenarios", "memory"},
    "graphs": {"scenarios", "memory", "agents", "evaluation"},
    "studio": {"scenarios", "memory", "agents", "evaluation", "graphs"},
}


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


@pytest.mark.parametrize("room", [room for room in ROOMS if (REPO / room).is_dir()])
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
