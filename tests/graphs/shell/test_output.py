"""Trouble with the output ends no command and changes no exit code; Ctrl-C before anything is open leaves no traceback."""

from __future__ import annotations

import importlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import orjson
import pytest

from graphs.run import main as run
from graphs.shell.commands import Command
from graphs.shell.output import SteadyStream, steady_output
from tests.helpers import REPO, Workshop
from tests.ready import Ready

DRY = ("scenario=chain", "llm.backend=scripted", "n=3", "round_size=3", "lookahead=0")


class Broken(io.TextIOBase):
    """A stream on which every write, or the flush that brings it to its place, fails."""

    encoding = "utf-8"

    def __init__(self, error: OSError | ValueError, late: bool) -> None:
        self._error, self._late = error, late

    def write(self, text: str) -> int:
        """Fail at once, or later."""
        if not self._late:
            raise self._error
        return len(text)

    def flush(self) -> None:
        """Fail."""
        raise self._error


TROUBLES: dict[str, Callable[[], Any]] = {
    "a reader that is gone": lambda: Broken(BrokenPipeError(32, "Broken pipe"), late=False),
    "a reader that goes": lambda: Broken(BrokenPipeError(32, "Broken pipe"), late=True),
    "a full disk": lambda: Broken(OSError(28, "No space left on device"), late=True),
    "a terminal that is gone": lambda: Broken(OSError(5, "Input/output error"), late=False),
    "a closed file": lambda: Broken(ValueError("I/O operation on closed file."), late=False),
    "no file": lambda: None,
    "few letters": lambda: io.TextIOWrapper(io.BytesIO(), encoding="ascii"),
    "other letters": lambda: io.TextIOWrapper(io.BytesIO(), encoding="latin-1"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("command", Command)
def test_help_and_mistakes_end_as_ever(command: Command, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    main = importlib.import_module(f"graphs.{command}").main
    monkeypatch.setattr(sys, "stdout", TROUBLES[trouble]())
    monkeypatch.setattr(sys, "stderr", TROUBLES[trouble]())
    assert main(["--help"]) == 0
    assert main(["nonsense"]) == 2


@pytest.mark.parametrize("trouble", TROUBLES)
def test_work_ends_as_ever(workshop: Workshop, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = workshop.home / "r"
    words = [*DRY, f"out={out}", f"memory.path={workshop.home / 'm'}"]
    monkeypatch.setattr(sys, "stdout", TROUBLES[trouble]())
    monkeypatch.setattr(sys, "stderr", TROUBLES[trouble]())
    assert run(words) == 0
    sample = orjson.loads((out / "dataset.jsonl").read_bytes().splitlines()[0])["id"]
    for command, word in ((Command.TRACE, f"id={sample}"), (Command.LINEAGE, "format=dot"), (Command.VERIFY, "")):
        assert importlib.import_module(f"graphs.{command}").main([f"out={out}", *filter(None, [word])]) == 0
    lines = (out / "dataset.jsonl").read_bytes().splitlines(keepends=True)
    (out / "dataset.jsonl").write_bytes(b"".join(lines[1:]))
    assert importlib.import_module("graphs.verify").main([f"out={out}"]) == 4, "a code of its own stays, too"


def test_what_a_stream_cannot_say_is_written_out() -> None:
    kept = io.BytesIO()
    stream = SteadyStream(io.TextIOWrapper(kept, encoding="ascii", write_through=True))
    assert stream.write("→ 5 €, \ud83d\n") == 9
    assert kept.getvalue().decode() == "\\u2192 5 \\u20ac, \\ud83d\n"


def test_a_full_disk_is_said_once_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Broken(OSError(28, "No space left on device"), late=False))
    monkeypatch.setattr(sys, "stderr", said)
    with steady_output():
        print("one")
        print("two")
    assert said.getvalue() == (
        "colloquia: standard output cannot be written (No space left on device): the rest of it is lost\n"
    )


def test_a_slow_reader_hears_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.StringIO):
        full = True

        def write(self, text: str) -> int:
            """Fail the first time."""
            if self.full:
                self.full = False
                raise BlockingIOError
            return super().write(text)

    slow = Slow()
    stream = SteadyStream(slow)
    stream.write("lost")
    stream.write("heard")
    assert slow.getvalue() == "heard"


# -- processes ---------------------------------------------------------------------------------------------------


def shell(home: Path, line: str, **env: str) -> tuple[int, str]:
    """What becomes of a line for bash: the exit code of its first command, and what is said on stderr."""
    done = subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=home, env={**os.environ, "PYTHONPATH": f"{REPO / 'tests' / 'child'}:{REPO}", **env},
        stderr=subprocess.PIPE, text=True, timeout=150, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


PYTHON = f"{sys.executable} -m graphs."


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (f"{PYTHON}run {' '.join(DRY)} out=r memory.path=m | true", 0, "→ r"),
        (f"{PYTHON}run {' '.join(DRY)} out=r memory.path=m <&- >&- 2>&-", 0, ""),
        (f"{PYTHON}verify --help | true", 0, ""),
        (f"{sys.executable} -m colloquia --help | true", 0, ""),
        (f"{sys.executable} -m colloquia nonsense 2>/dev/full", 2, ""),
        (f"{sys.executable} -m colloquia reembed memory.path=nowhere >&- 2>&-", 2, ""),
    ],
)
def test_a_process_ends_with_its_own_code(tmp_path: Path, line: str, code: int, says: str) -> None:
    got, said = shell(tmp_path, line)
    assert got == code, said
    assert says in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    if " out=r " in line:
        whole(tmp_path / "r")


def whole(out: Path) -> None:
    """The run has its samples, and no output has gone to its journal."""
    assert len((out / "dataset.jsonl").read_bytes().splitlines()) == 3
    assert (out / "run.sqlite").read_bytes().startswith(b"SQLite format 3\0")


def gone() -> IO[str]:
    """A pipe whose reader is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.parametrize(
    ("streams", "says"),
    [("stdout full", "No space left on device"), ("stderr full", ""), ("both gone", "")],
)
def test_a_process_whose_streams_fail_ends_with_its_own_code(
    tmp_path: Path, ready: Ready, streams: str, says: str
) -> None:
    env = {**os.environ, "PYTHONPATH": str(REPO / "tests" / "child")}
    with Path("/dev/full").open("w") as full, gone() as left:
        given = {
            "stdout full": {"stdout": full}, "stderr full": {"stderr": full},
            "both gone": {"stdout": left, "stderr": left},
        }[streams]  # fmt: skip
        process = ready.start(["-m", "graphs.run", *DRY, "out=r", "memory.path=m"], env, tmp_path, **given)
        _, said = process.communicate(timeout=150)
    assert process.returncode == 0, said
    assert says in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    whole(tmp_path / "r")


def test_an_encoding_without_our_letters(tmp_path: Path) -> None:
    code, said = shell(tmp_path, f"{PYTHON}run {' '.join(DRY)} out=r memory.path=m", LANG="C", PYTHONIOENCODING="ascii")
    assert code == 0
    assert "\\u2192 r" in said


def test_a_name_that_the_locale_cannot_read(tmp_path: Path) -> None:
    bare = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    code, said = shell(tmp_path, f"{PYTHON}run {' '.join(DRY)} out=größe", **bare)
    assert code == 2
    assert "put PYTHONUTF8=1 before the command" in said
    assert len(said.splitlines()) == 1


def test_completion_for_a_shell_that_does_not_listen(tmp_path: Path) -> None:
    env = {
        "_ARGCOMPLETE": "1",
        "COMP_LINE": "colloquia ru",
        "COMP_POINT": "12",
        "_ARGCOMPLETE_STDOUT_FILENAME": "/dev/full",
    }
    code, said = shell(tmp_path, f"{sys.executable} -c 'from colloquia.__main__ import main; main()'", **env)
    assert (code, said) == (0, "")


STALL = """
import os, sys
if os.environ.get("STALL") == __name__:
    print("stalled", flush=True)
    sys.stdin.read()
raise ImportError("this stand-in is not what was asked for")
"""


@pytest.mark.parametrize(
    "words", [["-m", "graphs.run"], ["-m", "graphs.verify"], ["-c", "from colloquia.__main__ import main; main()"]]
)
@pytest.mark.parametrize("module", ["pydantic", "orjson"])
def test_ctrl_c_while_the_command_still_imports(tmp_path: Path, words: list[str], module: str) -> None:
    """A stand-in for a package waits in the middle of the imports, where an interrupt would come out as another error."""
    (tmp_path / f"{module}.py").write_text(STALL, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{REPO}", "STALL": module}
    process = subprocess.Popen(
        [sys.executable, *words, *(["run"] if words[0] == "-c" else []), *DRY], cwd=tmp_path, env=env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "stalled\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "colloquia: interrupted\n")
