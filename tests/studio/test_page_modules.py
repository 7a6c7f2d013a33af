"""The page's modules that need no browser, run in node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_the_outbox_the_deck_and_the_reasons() -> None:
    script = Path(__file__).parent / "page_modules.mjs"
    done = subprocess.run(["node", str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
