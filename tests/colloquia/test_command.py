"""The command `colloquia`: the same commands, help for each, completion, and a word about foreign packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import colloquia.__main__ as front
from graphs.rooms import ROOMS, ForeignPackage, check_rooms
from graphs.shell.commands import DOES, Command
from graphs.shell.completion import completions
from tests.helpers import REPO


def start(*words: str, cwd: Path = REPO, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `python …` with our packages within reach."""
    kept = {**os.environ, "PYTHONPATH": str(REPO), **env}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=kept, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("command", Command)
def test_every_command_has_help_in_both_forms(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    from graphs.shell import command as shell

    before = shell._called_as
    try:
        assert front.main([command, "--help"]) == 0
        assert f"usage: colloquia {command} " in capsys.readouterr().out
    finally:
        shell.call_as(before)
    told = start("-m", f"graphs.{command}", "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert f"usage: python -m graphs.{command} " in told.stdout
    assert "exit codes: 0" in told.stdout


def test_the_front_door_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert front.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"  {command}" in said and does in said for command, does in DOES.items())


def test_every_module_beside_the_run_that_has_a_main_is_a_command() -> None:
    with_main = {
        path.stem for path in (REPO / "graphs").glob("*.py") if "\ndef main(" in path.read_text(encoding="utf-8")
    }
    assert with_main == set(Command) == set(DOES)


def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert front.main(["rum"]) == 2
    assert capsys.readouterr().err.startswith("colloquia: 'rum' is not a command (did you mean 'run'?); known: run, ")


def test_the_command_runs(tmp_path: Path) -> None:
    ran = start(
        "-m",
        "colloquia",
        "run",
        "scenario=chain",
        "llm.backend=scripted",
        "n=2",
        "out=r",
        "memory.path=m",
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    assert len((tmp_path / "r" / "dataset.jsonl").read_bytes().splitlines()) == 2
    assert start("-m", "colloquia", "verify", "out=r", cwd=tmp_path).returncode == 0


def test_help_comes_before_the_machinery() -> None:
    told = start("-X", "importtime", "-m", "colloquia")
    assert told.returncode == 0
    assert not {"langgraph", "autogen_core", "chromadb", "numpy"} & {
        line.split("|")[-1].strip() for line in told.stderr.splitlines()
    }


@pytest.mark.parametrize(
    ("command", "word", "some"),
    [
        ("run", "scena", ["scenario="]),
        ("run", "scenario=su", ["scenario=support"]),
        ("run", "topology=no", ["topology=no_critic"]),
        ("run", "llm.backend=", ["llm.backend=embedded", "llm.backend=openai", "llm.backend=scripted"]),
        ("run", "runner.backend=r", ["runner.backend=ray"]),
        ("run", "n=", []),
        ("run", "nothing", []),
        ("trace", "", ["out=", "id="]),
        ("calibrate", "pa", ["pairs="]),
        ("verify", "a", ["anew="]),
        ("reembed", "embedding.b", ["embedding.backend=", "embedding.base_url=", "embedding.batch="]),
        ("fly", "n", []),
    ],
)
def test_words_are_completed(command: str, word: str, some: list[str]) -> None:
    assert completions(command, word) == some


def test_a_shell_gets_completions(tmp_path: Path) -> None:
    line, found = "colloquia run scenario=sup", tmp_path / "found"
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": str(found),
             "_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_COMP_WORDBREAKS": " \t\n"}  # fmt: skip
    start("-m", "colloquia", **asked)
    assert found.read_text(encoding="utf-8").split() == ["scenario=support"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_foreign_package_is_one_line(room: str, tmp_path: Path) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "__init__.py").write_text('"""Somebody else\'s."""\n', encoding="utf-8")
    told = start("-m", "colloquia", "run", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "another project" in told.stderr
    if room != "graphs":  # with a foreign one, Python finds no graphs.run
        told = start("-m", "graphs.run", "--help", cwd=tmp_path)
        assert (told.returncode, told.stderr.count("\n")) == (2, 1)
        assert f"'import {room}' finds {tmp_path / room}, which is not Colloquia's" in told.stderr


def test_a_foreign_package_is_an_exception_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_rooms()
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "memory")
    with pytest.raises(ForeignPackage, match="virtual environment of its own"):
        check_rooms()
