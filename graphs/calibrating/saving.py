"""What was measured, kept: `calibration.json` in the run directory, and `calibration.yaml` beside the scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import yaml

from graphs.calibrating.worth import CalibrationReport
from graphs.files.rundir import write_text
from scenarios.reading.yaml_text import read_yaml
from scenarios.schema.scenario import Calibration

REPORT = "calibration.json"
_STANDINGS = "calibration.yaml"


def write_worth(out: Path, report: CalibrationReport) -> Path:
    """Write what was measured into a run directory; returns the file. Raises OSError."""
    path = out / REPORT
    text = orjson.dumps(report.model_dump(mode="json"), option=orjson.OPT_INDENT_2).decode()
    write_text(path, f"{text}\n")
    return path


def read_worth(out: Path) -> CalibrationReport | None:
    """What was last measured of a run's roles; None if nothing was. Raises pydantic's ValidationError."""
    path = out / REPORT
    return CalibrationReport.model_validate_json(path.read_bytes()) if path.is_file() else None


def save_standings(scenario: Path, rows: Sequence[Calibration]) -> Path:
    """Replace the rows of these models and roles in calibration.yaml; returns the file."""
    path = scenario.with_name(_STANDINGS)
    before = [Calibration.model_validate(row) for row in (read_yaml(path) if path.is_file() else None) or []]
    kept = [row for row in before if (row.model, row.role) not in {(new.model, new.role) for new in rows}]
    write_text(path, yaml.safe_dump([row.model_dump() for row in [*kept, *rows]], sort_keys=False))
    return path
