"""`tools.json`: the tools of a run, those that an MCP server listed among them, for whoever reads or verifies the run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from graphs.files.rundir import run_dir_faults, write_text
from scenarios.errors import RunDirError
from scenarios.material.tools.spec import ToolSpec
from scenarios.reading.bounded import json_of, read_bounded

TOOLS_FILE = "tools.json"
_SPECS = TypeAdapter(tuple[ToolSpec, ...])


def write_tools(out: Path, specs: Sequence[ToolSpec]) -> None:
    """Write tools.json. Raises RunDirError."""
    rows = [spec.model_dump(mode="json", exclude_defaults=True) for spec in specs]
    with run_dir_faults(out):
        write_text(out / TOOLS_FILE, orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")


def stored_tools(home: Path) -> tuple[ToolSpec, ...]:
    """The tools.json in a folder; none if there is no such file. Raises RunDirError if it cannot be read."""
    path = home / TOOLS_FILE
    if not os.path.lexists(path):
        return ()
    try:
        return _SPECS.validate_python(json_of(read_bounded(path)))
    except ValidationError as error:
        why = " ".join(str(error.errors()[0]["msg"]).split())
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
    raise RunDirError(
        f"{path}: cannot be read ({why}); restore it, or remove it and continue the run to have it made anew"
    )
