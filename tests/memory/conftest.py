"""The two ways to keep an archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memory.archive.archive import Archive
from memory.archive.chroma import open_directory, open_server
from tests.chroma import ChromaServer


@pytest.fixture(params=["directory", "server"])
def archive_at(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Archive]:
    """Opens the archive of a scope, always in the same store: a directory, or a server."""
    if request.param == "directory":
        return lambda scope: Archive(open_directory(tmp_path), scope)
    server: ChromaServer = request.getfixturevalue("chroma_server")
    return lambda scope: Archive(open_server(server.url), scope)
