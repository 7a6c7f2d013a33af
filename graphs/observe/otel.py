"""Spans to OpenTelemetry. Its own environment variables say where they go; without any, to `spans.jsonl`.

Only `graphs.observe.switch` imports this, if `otel` is on. No provider is set for the whole process, so that what other
libraries would record stays out.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import entry_points
from io import FileIO
from pathlib import Path

import orjson
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    get_current_span,
    use_span,
)

from scenarios.errors import CallFailed, SettingsError
from scenarios.spans import SpanPlace, Value

SPANS = "spans.jsonl"
_EXPORTERS = "OTEL_TRACES_EXPORTER"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
_WORDS = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


class Telemetry:
    """The listener that makes OpenTelemetry's spans of ours. Raises SettingsError; `close` sends what is left."""

    def __init__(self, out: Path) -> None:
        self._provider = _provider(out)
        self._tracer = self._provider.get_tracer("colloquia")
        self._words = os.environ.get(_WORDS, "").strip().lower() in {"true", "span_only", "span_and_event"}

    @property
    def words(self) -> bool:
        """True if the environment asks for the words of prompts and answers, too."""
        return self._words

    @contextlib.contextmanager
    def span(self, name: str, attributes: Mapping[str, Value], *, outside: bool = False) -> Iterator[Recorded]:
        """Open a span inside the current one."""
        with self._tracer.start_as_current_span(
            name,
            kind=SpanKind.CLIENT if outside else SpanKind.INTERNAL,
            attributes=attributes,
            record_exception=False,  # the words of an error may quote a prompt
            set_status_on_exception=False,
        ) as span:
            recorded = Recorded(span)
            try:
                yield recorded
            except BaseException as error:
                recorded.fail(error.fault if isinstance(error, CallFailed) else type(error).__name__)
                raise

    def here(self) -> SpanPlace | None:
        """The current span."""
        context = get_current_span().get_span_context()
        return (
            SpanPlace(context.trace_id, context.span_id) if context.is_valid and context.trace_flags.sampled else None
        )

    @contextlib.contextmanager
    def at(self, place: SpanPlace) -> Iterator[None]:
        """Go on inside a span of another process."""
        context = SpanContext(place.trace, place.span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        with use_span(NonRecordingSpan(context)):
            yield

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class Recorded:
    """One of OpenTelemetry's spans."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def fail(self, kind: str) -> None:
        """Mark it as failed, by the class of the error."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR)


class SpanFile(SpanExporter):
    """Appends every span to a file, a line of JSON each. If that fails it says so once, and the run goes on.

    A line has the names that the SDK's own JSON has, without resource, events and links: its `to_json` takes as long as
    all the rest of a span.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._failed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write ended spans."""
        if self._failed:
            return SpanExportResult.FAILURE
        try:
            # Unbuffered: a line is one write, so that a kill, or another process that appends, does not cut it.
            self._file = self._file or self._path.open("ab", buffering=0)
            self._file.write(b"".join(map(_line, spans)))
        except OSError as error:
            self._failed = True
            print(f"colloquia: {self._path}: records no more spans: {error.strerror}", file=sys.stderr)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # what could not be written was told above
                self._file.close()


def _line(span: ReadableSpan) -> bytes:
    context = span.get_span_context()
    told = {
        "name": span.name,
        "context": {"trace_id": f"0x{context.trace_id:032x}", "span_id": f"0x{context.span_id:016x}"}
        if context
        else None,
        "kind": str(span.kind),
        "parent_id": f"0x{span.parent.span_id:016x}" if span.parent else None,
        "start_time": _iso(span.start_time),
        "end_time": _iso(span.end_time),
        "status": {"status_code": span.status.status_code.name},
        "attributes": dict(span.attributes or {}),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _iso(nanoseconds: int | None) -> str | None:
    return None if nanoseconds is None else datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat()


def _provider(out: Path) -> TracerProvider:
    # A malformed header of an exporter is logged by OpenTelemetry as it stands, and may be a key.
    logging.getLogger("opentelemetry.util.re").addFilter(_without_values)
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    names = exporter_names(os.environ)
    try:
        resource = Resource.create({} if named else {"service.name": "colloquia"})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        if names is None:
            provider.add_span_processor(SimpleSpanProcessor(SpanFile(out / SPANS)))
        for name in names or ():
            provider.add_span_processor(BatchSpanProcessor(_exporter(name)))
    except (ValueError, TypeError, OSError, ImportError, RuntimeError) as error:
        raise SettingsError(
            f"otel=on: OpenTelemetry does not accept the OTEL_… environment variables: {error}"
        ) from None
    return provider


def exporter_names(environment: Mapping[str, str]) -> list[str] | None:
    """The exporters that the environment names, as entry points; None if it says nothing of any.

    Raises SettingsError.
    """
    given = environment.get(_EXPORTERS) or ("otlp" if any(environment.get(key) for key in _ENDPOINTS) else "")
    names = [name.strip() for name in given.split(",") if name.strip()]
    if not names:
        return None
    protocol = next((environment[key] for key in _PROTOCOLS if environment.get(key)), "http/protobuf")
    if "otlp" in names and protocol not in _OTLP:
        raise SettingsError(f"{_PROTOCOLS[1]}={protocol}: unknown; otel=on knows {' and '.join(_OTLP)}")
    return [_OTLP[protocol] if name == "otlp" else name for name in names if name != "none"]


def _exporter(name: str) -> SpanExporter:
    found = next(iter(entry_points(group="opentelemetry_traces_exporter", name=name)), None)
    if found is None:
        raise SettingsError(
            f"{_EXPORTERS}: the exporter '{name}' is not installed; pip install 'colloquia[otel]' brings otlp and console"
        )
    exporter: SpanExporter = found.load()()
    return exporter


def _without_values(record: logging.LogRecord) -> bool:
    record.args = ("(not shown)",)
    return True
