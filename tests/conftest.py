"""What all tests share: no network, one copy of the embedding's weights, and a way to run the command."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.chroma import ChromaServer
from tests.endpoint import Behaviour, Endpoint, scripted
from tests.helpers import Workshop
from tests.offline import guarded
from tests.ready import Ready

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# The processes that tests start would compile the whole project each: half a second of CPU for every one of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What is imported and collected stays, a million objects: the search for cycles among them took a fifth of the collection.
gc.disable()
_IN_MEMORY, _ROOM = Path("/dev/shm"), 2 * 1024**3
if "TMPDIR" not in os.environ and os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free >= _ROOM:
    # Thousands of small runs sync what they write, and would wait for the disk half of the time. To a killed process memory
    # is as good as a disk: only a machine that loses its power tells them apart.
    os.environ["TMPDIR"] = tempfile.tempdir = str(_IN_MEMORY)
settings.register_profile("no times", deadline=None)  # no test asserts a time
settings.load_profile("no times")
_LONGEST = (
    "tests/graphs/runners/test_ray.py",
    "tests/docs/test_docs.py",
    "tests/graphs/running/test_same_bytes.py",
    "tests/graphs/test_hostile_runs.py",
    "tests/graphs/shell/test_output.py",
    "tests/graphs/test_command.py",
    "tests/graphs/running/test_reproducible.py",
    "tests/graphs/campaign/test_memory.py",
    "tests/docs/test_notebook.py",
    "tests/colloquia/test_command.py",
    "tests/graphs/running/test_first_contact.py",
    "tests/graphs/test_verify.py",
    "tests/agents/tools/test_mcp.py",
    "tests/graphs/files/test_load_dataset.py",
    "tests/graphs/campaign/test_embedding.py",
)
"""The files that take longest. They come first: one that begins last keeps one worker busy when the other has nothing left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others keep their order."""
    place = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ...]]:
    """A connection to anything but the loopback raises; no settings file of whoever runs the tests, and no file in their home.
    Gives the homes that stand in for it."""
    homes = {name: tmp_path_factory.getbasetemp() / name for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    with pytest.MonkeyPatch.context() as patch:
        replaced = guarded()
        patch.setattr(socket.socket, "connect", replaced["connect"])
        patch.setattr(socket.socket, "connect_ex", replaced["connect_ex"])
        patch.setattr(socket, "getaddrinfo", replaced["getaddrinfo"])
        for name, home in homes.items():
            patch.setenv(name, str(home))
        yield tuple(homes.values())


@pytest.fixture(autouse=True)
def _home_of_nobody(_guarded: tuple[Path, ...]) -> Iterator[None]:
    """No file that another test left there."""
    yield
    for home in _guarded:
        if home.exists():
            shutil.rmtree(home)


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready]:
    """Starts processes of the command that have everything imported."""
    one = Ready()
    yield one
    one.close()


@pytest.fixture
def workshop(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ready: Ready
) -> Workshop:
    """Runs the command in a folder of its own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return Workshop(tmp_path, capfd, ready)


@pytest.fixture(scope="session")
def _one_chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma")).start()
    yield server
    server.kill()


@pytest.fixture
def chroma_server(_one_chroma_server: ChromaServer) -> ChromaServer:
    """A Chroma server, one for all tests, that remembers nothing when a test begins."""
    _one_chroma_server.empty()
    return _one_chroma_server


@pytest.fixture
def serve() -> Iterator[Callable[..., Endpoint]]:
    """Starts fake endpoints; they stop with the test."""
    started: list[Endpoint] = []

    def start(behaviour: Behaviour = scripted) -> Endpoint:
        started.append(Endpoint(behaviour).__enter__())
        return started[-1]

    yield start
    for endpoint in started:
        endpoint.__exit__()
