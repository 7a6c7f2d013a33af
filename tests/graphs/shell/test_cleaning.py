"""Text of a file or a server reaches a terminal cleaned, by whatever way it comes to be printed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import colloquia
from agents.models.gateway import Gateway
from graphs.shell.command import answer
from graphs.shell.output import SteadyStream, drawing
from scenarios.cleaning import clean
from scenarios.errors import ScenarioError
from scenarios.loading import load
from tests.endpoint import Endpoint, Reply
from tests.helpers import Workshop, at, write_scenario

STEERS = "\x1b[31mred\x1b]0;title\x07\u202egnp.exe\r\x9b2J"
SHOWN = "\\x1b[31mred\\x1b]0;title\\x07\\u202egnp.exe\\r\\x9b2J"


def steers(text: str) -> bool:
    """Whether a text could act on a terminal."""
    return clean(text) != text


def test_whatever_a_command_prints_is_clean(capfd: pytest.CaptureFixture[str]) -> None:
    def work(words: list[str]) -> int:
        print(STEERS)
        print(STEERS, file=sys.stderr)
        return 0

    assert answer([], str, work) == 0
    said = capfd.readouterr()
    assert said.out == said.err == f"{SHOWN}\n"


def test_what_draws_is_given_the_terminals_own_signs() -> None:
    plain = io.StringIO()
    stream = SteadyStream(plain)
    print("\x1b[1mbold\x1b[0m", file=drawing(stream))  # type: ignore[arg-type]
    print(STEERS, file=stream)
    assert plain.getvalue() == f"\x1b[1mbold\x1b[0m\n{SHOWN}\n"
    assert drawing(plain) is plain


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scenario.yaml", 'name: "\\e[31mred"'), ("scenario.yaml", '"\\e[31m\\u202E": 3'), ("scenario.yaml", "a: &\x1b[31m [*a]"),
        ("guest.jinja", "{{ goal['\x1b[31m'] }}"), ("guest.jinja", "{% \x1b[31m %}"), ("guest.jinja", "{{ goal | \u202e }}"),
    ],
)  # fmt: skip
def test_errors_about_a_file_are_clean_in_python_too(workshop: Workshop, name: str, text: str) -> None:
    path = write_scenario(workshop.home / "talk")
    (path.parent / name).write_text(text, encoding="utf-8")
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted")
    assert ran.code == 2
    assert not steers(ran.stderr)
    with pytest.raises(colloquia.UserError) as caught:
        colloquia.run(path, llm={"backend": "scripted"}, out=str(workshop.home / "r2"))
    assert not steers(str(caught.value))


def test_a_folders_name_is_clean(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(str(tmp_path / "\x1b[31m" / "scenario.yaml"))
    assert "\\x1b[31m" in str(caught.value)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_what_a_server_says_is_clean(
    workshop: Workshop, serve: Callable[..., Endpoint], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gateway, "_pause", lambda *_: 0.0)
    endpoint = serve(lambda _: Reply(status, {"error": {"message": STEERS, "code": STEERS}}))
    notes: list[str] = []
    try:
        colloquia.run("chain", n=1, out=str(workshop.home / "r"), notes=notes.append, budget={"calls": 12},
                      llm={"base_url": endpoint.url, "model": STEERS, "outage": 0.01}, memory={"path": str(workshop.home / "m")})  # fmt: skip
    except colloquia.UserError as error:
        notes.append(str(error))
    assert not any(steers(note) for note in notes)
    ran = workshop.run("c", "scenario=chain", *at(endpoint.url, "llm.outage=0.01", "budget.calls=12"), "n=1")
    assert not steers(ran.stderr + ran.stdout)
