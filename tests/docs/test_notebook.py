"""The notebook is executed, in a kernel of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

HOME = Path(__file__).resolve().parents[2]


def shown(cell: Any) -> str:
    """What a cell printed or gave, as text."""
    outputs = [output.get("text") or output["data"]["text/plain"] for output in cell.outputs]
    return "".join(outputs)


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HOME))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(HOME / "docs" / "from-python.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env={**os.environ})
    first, listed, second, verified, measured = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [output.output_type for output in first.outputs] == ["execute_result"], "a run prints nothing"
    assert "<table>" in first.outputs[0]["data"]["text/html"]
    assert shown(listed).count(" messages") == 4
    assert shown(second).startswith("('target', ")
    assert shown(verified) == "'nothing differs'"
    assert 0 < float(shown(measured)) < 1
