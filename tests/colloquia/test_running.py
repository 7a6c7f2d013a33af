"""Runs from Python: quiet, typed, in any place, and the same bytes as the command's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import colloquia
from colloquia.running import RunSettings
from graphs.preparation import claimed, prepare
from graphs.settings.schema import Settings
from scenarios.worlds import cloakroom
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import Workshop, write_scenario
from tests.ready import Ready

DRY = {"backend": "scripted"}


def given(home: Path, **more: Any) -> dict[str, Any]:
    """Arguments of a small run in a folder of its own."""
    path = write_scenario(home / "talk")
    return {"scenario": path, "llm": DRY, "n": 3, "out": home / "r", "memory": {"path": home / "m"}, **more}


def test_a_run_gives_records_summary_and_path_and_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = colloquia.run(**given(tmp_path))
    assert (result.stopped_by, result.path, len(result.records)) == ("target", tmp_path / "r", 3)
    assert result.summary["accepted"] == 3
    assert result.rejected == []
    assert result.records[0]["messages"][0]["role"] == "user"
    assert capfd.readouterr() == ("", "")


def test_python_and_the_command_make_the_same_bytes(tmp_path: Path, workshop: Workshop) -> None:
    made = colloquia.run(**given(tmp_path, seed=7))
    ran = workshop.run(
        "other", f"scenario={tmp_path / 'talk' / 'scenario.yaml'}", "llm.backend=scripted", "n=3", "seed=7"
    )
    assert (made.path / "dataset.jsonl").read_bytes() == ran.dataset()


def test_a_run_goes_on_with_more(tmp_path: Path) -> None:
    first = colloquia.run(**given(tmp_path))
    more = colloquia.run(out=first.path, n=5)
    assert [record["id"] for record in more.records[:3]] == [record["id"] for record in first.records]
    assert len(more.records) == 5


def test_settings_are_words_or_mappings_and_mistakes_are_exceptions(tmp_path: Path) -> None:
    with pytest.raises(colloquia.SettingsError, match=r"^concurency: unknown key \(did you mean 'concurrency'\?\)"):
        colloquia.run(**given(tmp_path, concurency=3))
    with pytest.raises(colloquia.ScenarioError, match="did you mean 'support'"):
        colloquia.run("suport", llm=DRY)
    assert not (tmp_path / "r").exists()


def test_every_setting_is_an_argument() -> None:
    assert {"scenario", *RunSettings.__annotations__} == set(Settings.model_fields)


def test_progress_and_notes_are_told_to_functions(tmp_path: Path) -> None:
    seen: list[colloquia.Progress] = []
    lines: list[str] = []
    colloquia.run(**given(tmp_path, progress=seen.append, notes=lines.append))
    assert (seen[-1].accepted, seen[-1].wanted) == (3, 3)
    assert lines[0].startswith("colloquia: scenario talk, 3 wanted")


async def test_a_run_works_inside_a_running_loop_in_both_ways(tmp_path: Path) -> None:
    awaited = await colloquia.arun(**given(tmp_path / "a"))
    called = colloquia.run(**given(tmp_path / "b"))
    assert awaited.records == called.records


def test_a_run_works_in_a_thread(tmp_path: Path) -> None:
    made: list[colloquia.Result] = []
    thread = threading.Thread(target=lambda: made.append(colloquia.run(**given(tmp_path))))
    thread.start()
    thread.join()
    assert made[0].stopped_by == "target"


def test_no_signal_is_handled(tmp_path: Path) -> None:
    handlers: list[Any] = []
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    colloquia.run(
        **given(
            tmp_path,
            progress=lambda _: handlers.append((signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))),
        )
    )
    assert set(handlers) == {before}


async def test_a_cancelled_run_keeps_what_it_has(tmp_path: Path, serve: Callable[..., Endpoint]) -> None:
    async def then_silent(asked: Asked) -> str:
        if asked.number > 40:
            await asyncio.Event().wait()
        return scripted(asked)

    endpoint = serve(then_silent)
    begun = asyncio.Event()
    task = asyncio.create_task(
        colloquia.arun(
            **{
                **given(tmp_path, n=50, progress=lambda now: now.accepted and begun.set()),
                "llm": {"base_url": endpoint.url, "model": "fake"},
            }
        )
    )
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    lines = (tmp_path / "r" / "dataset.jsonl").read_bytes().splitlines()
    assert (tmp_path / "r" / "summary.json").is_file()
    assert lines
    result = await colloquia.arun(out=tmp_path / "r", n=1)
    assert (result.stopped_by, len(result.records) >= 1) == ("target", True)


def test_a_budget_stops_a_run_with_a_result(tmp_path: Path) -> None:
    result = colloquia.run(**given(tmp_path, budget={"calls": 9}))
    assert result.stopped_by == "budget.calls"


def test_a_fault_of_ours_is_raised_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("graphs.running.session.write_report", broken)
    with pytest.raises(ZeroDivisionError, match="ours"):
        colloquia.run(**given(tmp_path))


def test_a_world_of_ones_own_has_to_be_trusted() -> None:
    with pytest.raises(colloquia.UserError):
        colloquia.run("nowhere/scenario.yaml", llm=DRY, trust=cloakroom.__name__)


@pytest.mark.parametrize("calls", [1, 2])
def test_a_callback_that_raises_ends_the_run_which_keeps_what_it_has(tmp_path: Path, calls: int) -> None:
    seen: list[colloquia.Progress] = []

    def raises(now: colloquia.Progress) -> None:
        seen.append(now)
        if len(seen) == calls:
            raise ZeroDivisionError("the caller's")

    with pytest.raises(ZeroDivisionError, match="the caller's"):
        colloquia.run(**given(tmp_path, progress=raises))
    assert (tmp_path / "r" / "summary.json").is_file()
    assert not [thread for thread in threading.enumerate() if thread.name == "colloquia"]
    assert colloquia.run(out=tmp_path / "r").stopped_by == "target"


def test_what_is_no_plain_function_is_a_mistake_before_anything_is_made(tmp_path: Path) -> None:
    async def waits(now: colloquia.Progress) -> None: ...

    for wrong in (3, waits):
        with pytest.raises(TypeError, match="is not a plain function"):
            colloquia.run(**given(tmp_path, progress=wrong))
    assert not (tmp_path / "r").exists()


def test_ctrl_c_winds_down_before_it_is_raised(tmp_path: Path, serve: Callable[..., Endpoint], ready: Ready) -> None:
    async def then_silent(asked: Asked) -> str:
        if asked.number > 40:
            await asyncio.Event().wait()
        return scripted(asked)

    endpoint = serve(then_silent)
    arguments = given(tmp_path, n=50)
    script = f"""
import os, signal, threading
import colloquia
sent = []
def progress(now):
    if now.accepted and not sent:
        sent.append(os.kill(os.getpid(), signal.SIGINT))
try:
    colloquia.run({str(arguments["scenario"])!r}, n=50, out={str(tmp_path / "r")!r}, progress=progress,
                  memory={{"path": {str(tmp_path / "m")!r}}}, llm={{"base_url": {endpoint.url!r}, "model": "fake"}})
except KeyboardInterrupt:
    print("interrupted", [thread.name for thread in threading.enumerate() if thread.name == "colloquia"])
"""
    assert ready.start(["-c", script], os.environ).communicate(timeout=120) == ("interrupted []\n", "")
    assert (tmp_path / "r" / "certificate.json").is_file()


def test_two_sessions_cannot_share_a_run_directory(tmp_path: Path) -> None:
    second: list[BaseException] = []

    def meanwhile(now: colloquia.Progress) -> None:
        if not second:
            with pytest.raises(colloquia.RunDirError, match=r"is in use by process \d+") as caught:
                colloquia.run(out=tmp_path / "r", memory={"path": tmp_path / "other"})
            second.append(caught.value)

    assert colloquia.run(**given(tmp_path, progress=meanwhile)).stopped_by == "target"
    assert second
    assert sorted(path.name for path in (tmp_path / "r").iterdir() if path.name.startswith(".")) == []


def test_runs_that_start_together_each_get_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_scenario(tmp_path / "talk")
    prepared = [prepare({"scenario": str(path), "llm": DRY}) for _ in range(3)]
    assert len({str(one.out) for one in prepared}) == 1
    with contextlib.ExitStack() as held:
        assert len({str(held.enter_context(claimed(one)).out) for one in prepared}) == 3
    assert not list((tmp_path / "runs").iterdir()), "nothing came to be in them"
