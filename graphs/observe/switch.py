"""The switch `otel`: who listens to a run's spans. OpenTelemetry is imported only if it is on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.errors import SettingsError
from scenarios.spans import listen

if TYPE_CHECKING:
    from graphs.observe.otel import Telemetry


@contextlib.contextmanager
def telemetry(on: bool, out: Path) -> Iterator[None]:
    """Record the spans of the block if `on`; `out` is the run directory. What is not sent yet is sent at its end.

    Raises SettingsError, before the block begins, if the extra is missing, or if OpenTelemetry's environment
    variables ask for what there is not.
    """
    if not on:
        yield
        return
    recorder = recorder_for(out)
    try:
        with listen(recorder):
            yield
    finally:
        recorder.close()


def recorder_for(out: Path) -> Telemetry:
    """What records spans, in the run directory `out` or elsewhere. Raises as `telemetry`."""
    try:
        from graphs.observe.otel import Telemetry
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        raise SettingsError(
            "otel=on needs the extra 'otel': pip install 'colloquia[otel]', or leave otel off"
        ) from None
    return Telemetry(out)
