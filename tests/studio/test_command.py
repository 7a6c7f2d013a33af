"""The command: what its words mean, and that it serves until it is told to end."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from graphs.studio import main
from scenarios.errors import SettingsError
from studio.command import plant_of, port_of, serving, shelf_of
from tests.helpers import Said, said_by


@pytest.fixture(name="studio")
def _studio(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nonsense"], "'nonsense' is not a setting; write out=DIR or runs=DIR"),
        (["rans=x"], "rans: unknown key (did you mean 'runs'?)"),
        (["runs=nowhere"], "runs=nowhere: is no folder"),
        (["out=nowhere"], "out=nowhere: is no folder"),
        ([f"out={'x' * 5000}"], "is no folder"),
        (["out=a", "runs=b"], "out and runs are both given"),
        (["runs=.", "port=0"], "port=0: is no port"),
        (["runs=.", "port=٣"], "is no port"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(words: list[str], says: str, studio: Said) -> None:
    code, printed, complained = studio(*words)
    assert (code, printed, complained.count("\n")) == (2, "", 1)
    assert says in complained


def test_the_words_name_one_run_or_a_folder_of_them(home: Path) -> None:
    assert [run.name for run in shelf_of({"runs": str(home)}).runs()] == ["notes", "talk"]
    assert [run.name for run in shelf_of({"runs": str(home.parent)}).runs()] == ["runs/notes", "runs/talk"]
    assert [run.name for run in shelf_of({"out": str(home / "talk")}).runs()] == ["talk"]
    assert [run.name for run in shelf_of({"runs": str(home / "talk")}).runs()] == ["."]
    assert (port_of(""), port_of("8080")) == (0, 8080)
    assert (plant_of(""), plant_of("10")) == (0.0, 0.1)
    with pytest.raises(SettingsError, match="plant=60: is no number from 0 to 50"):
        plant_of("60")


async def test_it_serves_until_it_is_told_to_end(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    task = asyncio.create_task(serving(shelf_of({"runs": str(home)}), 0))
    while "http" not in (said := capfd.readouterr().out) and not task.done():
        await asyncio.sleep(0)
    first, address = said.splitlines()
    assert first.startswith("2 runs in ")
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert answer.status == 200
        assert "Colloquia studio" in await answer.text()
    port = int(address.split(":")[2].split("/")[0])
    with pytest.raises(SettingsError, match=f"port={port}: cannot be used"):
        await serving(shelf_of({"runs": str(home)}), port)
    os.kill(os.getpid(), signal.SIGTERM)
    await task
