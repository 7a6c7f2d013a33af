"""Spans: nested as the work is, in the words of the conventions, without words of a prompt and without a key."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import graphs.observe.otel
from agents.models.calls import Answer, Backend, ToolCall
from agents.models.genai import traced
from graphs.observe.switch import telemetry
from graphs.settings.keys import parse_arguments
from graphs.settings.resolve import resolve
from scenarios.errors import SettingsError
from scenarios.loading import load
from scenarios.messages import Message, Speech
from scenarios.spans import listener, span
from tests.endpoint import Asked, Endpoint, Reply, scrambled, scripted
from tests.graphs.test_secrets import KEY, echo, hidden
from tests.helpers import (
    NOTES,
    SCRIPTED,
    TALK,
    Workshop,
    a_call,
    a_tool,
    at,
    begun_ids,
    scripted_gateway,
    write_scenario,
)


@pytest.fixture(autouse=True)
def _no_otel_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests says nothing."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture(name="spans")
def _spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Spans go here in place of the file."""
    kept = InMemorySpanExporter()
    monkeypatch.setattr(graphs.observe.otel, "SpanFile", lambda path: kept)
    return kept


def by_kind(spans: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    """Ended spans by the first word of their name."""
    found: dict[str, list[ReadableSpan]] = {"run": [], "sample": [], "step": [], "chat": []}
    for ended in spans.get_finished_spans():
        found[ended.name.split()[0]].append(ended)
    return found


def of(ended: ReadableSpan, name: str) -> Any:
    """An attribute; None where it is not set."""
    return (ended.attributes or {}).get(name)


def number(ended: ReadableSpan) -> int:
    """The span's own id."""
    context = ended.get_span_context()
    assert context is not None
    return context.span_id


@pytest.mark.parametrize("base", [TALK, NOTES], ids=["talk", "notes"])
def test_spans_nest_as_the_work_does_also_where_samples_run_at_once(
    workshop: Workshop, serve: Callable[..., Endpoint], spans: InMemorySpanExporter, base: dict[str, Any]
) -> None:
    path = write_scenario(workshop.home / "s", base)
    endpoint = serve(scrambled("o"))
    ran = workshop.run("r", f"scenario={path}", *at(endpoint.url), "n=6", "round_size=6", "concurrency=8", "otel=on")
    assert ran.code == 0, ran.stderr
    assert endpoint.most_in_flight > 1
    found = by_kind(spans)
    (whole,) = found["run"]
    assert (whole.parent, whole.name) == (None, f"run {base['name']}")
    assert (of(whole, "colloquia.accepted"), of(whole, "colloquia.stopped_by")) == (6, "target")
    samples = {number(ended): ended for ended in found["sample"]}
    steps = {number(ended): ended for ended in found["step"]}
    assert Counter(of(ended, "colloquia.sample") for ended in found["sample"]) == Counter(begun_ids(ran.out))
    assert len(found["chat"]) == len(endpoint.asked) == ran.summary()["requests"]
    for ended in found["chat"]:
        assert ended.parent is not None
        above = steps[ended.parent.span_id]
        assert of(above, "colloquia.sample") == of(ended, "colloquia.sample")
        assert above.name == f"step {of(ended, 'colloquia.step').split('/')[0]}"
    for ended in found["step"]:
        assert ended.parent is not None
        assert of(samples[ended.parent.span_id], "colloquia.sample") == of(ended, "colloquia.sample")
    for ended in found["sample"]:
        assert ended.parent is not None
        assert ended.parent.span_id == number(whole)
    everything = {number(ended): ended for ended in spans.get_finished_spans()}
    for ended in everything.values():
        assert ended.status.status_code is StatusCode.UNSET
        if ended.parent is not None:
            above = everything[ended.parent.span_id]
            assert (above.start_time or 0) <= (ended.start_time or 0) <= (ended.end_time or 0) <= (above.end_time or 0)
    assert not (ran.out / "spans.jsonl").exists()


def test_a_call_is_told_in_the_words_of_the_conventions(
    workshop: Workshop, serve: Callable[..., Endpoint], spans: InMemorySpanExporter
) -> None:
    path = write_scenario(workshop.home / "notes", NOTES)
    endpoint = serve()
    words = ["n=1", "round_size=1", "lookahead=0", "otel=on", "llm.temperature=0.5", "llm.price.completion=2"]
    ran = workshop.run("r", f"scenario={path}", *at(endpoint.url), *words)
    assert ran.code == 0, ran.stderr
    port = int(endpoint.url.split(":")[2].split("/")[0])
    chats = by_kind(spans)["chat"]
    assert {ended.name for ended in chats} == {"chat fake"}
    assert {ended.kind for ended in chats} == {SpanKind.CLIENT}
    for ended, asked in zip(chats, endpoint.asked, strict=True):
        told = dict(ended.attributes or {})
        judged = told["colloquia.role"] in {"critic", "judge"}
        completion = told.pop("gen_ai.usage.output_tokens")
        assert isinstance(completion, int)
        assert completion > 0
        assert told.pop("colloquia.latency") >= 0  # type: ignore[operator]
        assert told.pop("gen_ai.request.seed") & 0x7FFF_FFFF == asked.seed  # type: ignore[operator]
        assert told.pop("colloquia.usd") == pytest.approx(completion * 2e-6)
        assert told.pop("colloquia.step") in {"generate/text", "critique/0", "judge"}
        assert told.pop("colloquia.role") in {"generator", "critic", "judge"}
        assert told == {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "fake",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.max_tokens": asked.body["max_tokens"],
            "gen_ai.output.type": "json" if judged else "text",
            "gen_ai.response.finish_reasons": ("stop",),
            "gen_ai.usage.input_tokens": len(asked.prompt.split()),
            "gen_ai.usage.cache_read.input_tokens": 0,
            "server.address": "127.0.0.1",
            "server.port": port,
            "colloquia.sample": ran.lines()[0]["id"],
            "colloquia.attempt": 0,
            "colloquia.requests": 1,
        }


def test_what_failed_is_marked_by_its_class_and_without_its_words(
    workshop: Workshop, serve: Callable[..., Endpoint], spans: InMemorySpanExporter
) -> None:
    path = write_scenario(workshop.home / "notes", NOTES)
    tried = 0

    def behave(asked: Asked) -> Any:
        """The text is asked for twice; its reader is refused for good."""
        nonlocal tried
        if asked.prompt.startswith("About"):
            return Reply(400, {"error": {"message": f"I refuse: {asked.prompt}"}})
        tried += 1
        return Reply(503, b"", {"Retry-After": "0"}) if tried == 1 else scripted(asked)

    words = ["n=1", "round_size=1", "lookahead=0", "budget.samples=1", "otel=on"]
    ran = workshop.run("r", f"scenario={path}", *at(serve(behave).url), *words)
    assert ran.code == 3, ran.stderr
    assert ran.summary()["undecided"] == 1
    found = by_kind(spans)
    failed = {ended.name: of(ended, "error.type") for ended in spans.get_finished_spans() if of(ended, "error.type")}
    assert failed == {"chat fake": "declined", "step critique": "declined", "sample notes": "declined"}
    for ended in spans.get_finished_spans():
        bad = of(ended, "error.type") is not None
        assert (ended.status.status_code is StatusCode.ERROR) == bad
        assert ended.status.description is None
        assert not ended.events
    assert [of(ended, "colloquia.requests") for ended in found["chat"]] == [2, None]


async def test_a_call_that_is_dropped_and_a_stop_are_errors_by_name(
    tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    with telemetry(True, tmp_path):
        task = asyncio.create_task(traced(a_call(), never()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (ended,) = spans.get_finished_spans()
    assert (of(ended, "error.type"), ended.kind) == ("CancelledError", SpanKind.INTERNAL)


def test_a_run_that_cannot_go_on_is_marked_too(
    workshop: Workshop, serve: Callable[..., Endpoint], spans: InMemorySpanExporter
) -> None:
    ran = workshop.run("r", "scenario=chain", *at(serve(lambda asked: Reply(401)).url), "n=1", "otel=on")
    assert ran.code == 2
    assert {of(ended, "error.type") for ended in spans.get_finished_spans()} == {"ModelUnavailable"}


async def test_an_answer_from_the_journal_is_no_call(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    gateway, _ = scripted_gateway()
    with telemetry(True, tmp_path):
        await gateway.ask(a_call())
        await gateway.ask(a_call())
    assert len(spans.get_finished_spans()) == 1


@pytest.mark.parametrize(
    ("base_url", "told"),
    [
        ("https://user:secret@models.example.org/v1?key=secret", ("models.example.org", 443)),
        ("http://[::1]:8000/v1", ("::1", 8000)),
        ("http://host:99999/v1", (None, None)),
        ("", (None, None)),
    ],
)
async def test_of_an_address_only_host_and_port_are_told(
    tmp_path: Path, spans: InMemorySpanExporter, base_url: str, told: tuple[str | None, int | None]
) -> None:
    gateway, _ = scripted_gateway()
    model = SCRIPTED.model_copy(update={"backend": Backend.OPENAI, "base_url": base_url})
    with telemetry(True, tmp_path):
        await traced(a_call(model=model), gateway.ask(a_call()))
    ended = spans.get_finished_spans()[-1]
    assert (of(ended, "server.address"), of(ended, "server.port")) == told
    assert "secret" not in str(ended.attributes)


# -- on and off -------------------------------------------------------------------------------------------------


def test_off_is_the_default_and_loads_nothing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "graphs.observe.otel")
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "n=2")
    assert ran.code == 0
    assert "graphs.observe.otel" not in sys.modules
    assert not (ran.out / "spans.jsonl").exists()
    with span("step", {}) as nothing:
        nothing.note({"a": 1})
        nothing.fail("x")
    assert listener() is None


def test_on_without_further_words_is_a_file_in_the_run_directory_and_bears_on_nothing_else(workshop: Workshop) -> None:
    words = ["scenario=chain", "llm.backend=scripted", "n=3"]
    plain = workshop.run("plain", *words)
    ran = workshop.run("r", *words, "otel=on")
    assert (ran.code, ran.dataset()) == (0, plain.dataset())
    lines = ran.lines("spans.jsonl")
    names = Counter(line["name"].split()[0] for line in lines)
    assert names == {"run": 1, "sample": 3, "step": 15, "chat": ran.summary()["requests"]}
    ids = {line["context"]["span_id"] for line in lines}
    assert len(ids) == len(lines)
    assert {line["parent_id"] for line in lines} - {None} <= ids
    assert len({line["context"]["trace_id"] for line in lines}) == 1
    assert all(line["start_time"] <= line["end_time"] for line in lines)

    again = workshop.run("r", "n=4", "otel=off")
    assert again.code == 0, "what is recorded is no part of a run's outcome"
    assert ran.lines("spans.jsonl") == lines
    assert workshop.run("r", "n=5").code == 0
    assert ran.lines("spans.jsonl") == lines, "the run keeps the setting it was last given"
    assert workshop.run("r", "n=6", "otel=on").code == 0
    assert ran.lines("spans.jsonl")[: len(lines)] == lines
    assert len({line["context"]["trace_id"] for line in ran.lines("spans.jsonl")}) == 2


@pytest.mark.parametrize(("word", "value"), [("on", "on"), ("off", "off"), ("true", "on"), ("'on'", "on")])
def test_yaml_reads_on_and_off_as_booleans_and_we_do_not(word: str, value: str) -> None:
    assert resolve(parse_arguments([f"otel={word}"]), load("chain")).otel == value


def test_the_missing_extra_is_told_before_anything_is_made(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "graphs.observe.otel")
    for name in [name for name in sys.modules if name.startswith("opentelemetry.sdk")]:
        monkeypatch.setitem(sys.modules, name, None)
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "otel=on")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == (
        "colloquia: otel=on needs the extra 'otel': pip install 'colloquia[otel]', or leave otel off\n"
    )
    assert not ran.out.exists()


def test_a_file_that_cannot_be_written_is_said_once_and_the_run_goes_on(workshop: Workshop) -> None:
    words = ["scenario=chain", "llm.backend=scripted"]
    assert workshop.run("r", *words, "n=1").code == 0
    (workshop.home / "r" / "spans.jsonl").mkdir()
    ran = workshop.run("r", "n=3", "otel=on")
    assert ran.code == 0
    assert ran.stderr.count("records no more spans") == 1
    assert len(ran.lines()) == 3


# -- secrets and words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", "true"])
def test_the_key_is_in_no_span(
    workshop: Workshop, serve: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", KEY)
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", words)

    def at_once(asked: Asked, status: int) -> Any:
        reply = echo(status, asked)
        return replace(reply, headers={"Retry-After": "0"}) if isinstance(reply, Reply) else reply

    for status in (500, 400, 401):
        endpoint = serve(lambda asked, status=status: at_once(asked, status))
        ran = workshop.run(
            f"r{status}", "scenario=chain", "n=3", "llm.api_key_env=MY_MODEL_KEY", "budget.samples=6", "otel=on",
            "budget.calls=30", *at(endpoint.url),
        )  # fmt: skip
        assert ran.code in {0, 2, 3}, ran.stderr
        assert endpoint.asked[0].headers["Authorization"] == f"Bearer {KEY}"
        assert any(line["name"] == "chat fake" for line in ran.lines("spans.jsonl"))
        hidden(ran, workshop)


def test_a_malformed_header_for_the_collector_is_not_printed(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"Bearer {KEY}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with telemetry(True, workshop.home):
        pass
    assert "Header format invalid" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(("asked_for", "there"), [(None, False), ("false", False), ("true", True), ("SPAN_ONLY", True)])
async def test_words_are_recorded_only_where_they_are_asked_for(
    tmp_path: Path, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, asked_for: str | None, there: bool
) -> None:
    if asked_for is not None:
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", asked_for)
    gateway, _ = scripted_gateway(lambda call: "A quiet answer.")
    with telemetry(True, tmp_path):
        await gateway.ask(a_call("A quiet question."))
    (ended,) = spans.get_finished_spans()
    assert ("quiet" in str(ended.attributes)) == there
    if there:
        assert orjson.loads(of(ended, "gen_ai.input.messages")) == [
            {"role": "user", "parts": [{"type": "text", "content": "A quiet question."}]}
        ]
        assert orjson.loads(of(ended, "gen_ai.output.messages")) == [
            {"role": "assistant", "parts": [{"type": "text", "content": "A quiet answer."}], "finish_reason": "stop"}
        ]


async def test_tool_calls_are_told_with_the_words(
    tmp_path: Path, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    gateway, _ = scripted_gateway()
    said = Answer(text="Hm.", tool_calls=(ToolCall(id="1", name="look", arguments="{}"),)).message()
    messages = (said, Message(role=Speech.TOOL, content="none", tool_call_id="1"))
    with telemetry(True, tmp_path):
        found = await gateway.ask(a_call(messages=messages, tools=(a_tool("look"),), verbatim='look {"id": 2}'))
    (ended,) = spans.get_finished_spans()
    assert orjson.loads(of(ended, "gen_ai.input.messages")) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "Hm."},
                {"type": "tool_call", "id": "1", "name": "look", "arguments": "{}"},
            ],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "none"}]},
    ]
    part = {"type": "tool_call", "id": found.tool_calls[0].id, "name": "look", "arguments": '{"id": 2}'}
    assert orjson.loads(of(ended, "gen_ai.output.messages"))[0]["parts"] == [part]


# -- where spans go ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, None),
        ({"OTEL_TRACES_EXPORTER": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_SERVICE_NAME": "x"}, None),
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, []),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, ["console", "otlp_proto_http"]),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, ["otlp_proto_http"]),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h"}, ["otlp_proto_http"]),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ["otlp_proto_grpc"]),
    ],
)
def test_the_standard_variables_say_where_spans_go(environment: dict[str, str], names: list[str] | None) -> None:
    assert graphs.observe.otel.exporter_names(environment) == names


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OTEL_TRACES_EXPORTER", "zipper", "OTEL_TRACES_EXPORTER: the exporter 'zipper' is not installed"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json: unknown"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many", "OpenTelemetry does not accept"),
    ],
)
def test_a_mistake_in_the_environment_is_one_line(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    if name != "OTEL_TRACES_EXPORTER":
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "otel=on")
    assert ran.code == 2
    assert told in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert not ran.out.exists()


@pytest.fixture(name="collector")
def _collector() -> Iterator[tuple[str, list[bytes]]]:
    """A collector of OTLP over HTTP on the loopback: its address, and the bodies that it was sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_reach_a_collector_and_then_no_file(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, collector: tuple[str, list[bytes]]
) -> None:
    url, bodies = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "n=2", "otel=on")
    assert ran.code == 0, ran.stderr
    names: Counter[str] = Counter()
    for body in bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            assert ("service.name", "colloquia") in {
                (a.key, a.value.string_value) for a in resource.resource.attributes
            }
            names.update(sent.name.split()[0] for scope in resource.scope_spans for sent in scope.spans)
    assert names == {"run": 1, "sample": 2, "step": 10, "chat": ran.summary()["requests"]}
    assert not (ran.out / "spans.jsonl").exists()


def test_the_environment_can_turn_it_off(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "n=1", "otel=on")
    assert ran.code == 0
    assert not (ran.out / "spans.jsonl").exists()


def test_only_a_settings_error_comes_of_a_bad_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "nothing-like-it")
    with pytest.raises(SettingsError), telemetry(True, tmp_path):
        raise AssertionError("the block does not begin")
    assert not list(tmp_path.iterdir())
