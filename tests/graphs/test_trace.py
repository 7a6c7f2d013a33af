"""The command graphs.trace: every call in its order, what lies between them, and nothing that could fool a terminal."""

from __future__ import annotations

import asyncio
import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.calls import Answer, ToolCall
from graphs.files.calls import JournalStore, stored_call
from graphs.observe.story import LineKind, StoryLine, story
from graphs.run import main as run
from graphs.shell.output import SteadyStream
from graphs.trace import main, show
from memory.journal.journal import Journal
from memory.journal.reading import read_journal
from scenarios.cleaning import clean
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Usage
from tests.endpoint import Asked, Endpoint, Reply, scrambled, scripted
from tests.helpers import NOTES, REPO, Ran, Said, Workshop, a_call, a_tool, at, planned, said_by, write_scenario

TITLE = re.compile(r"^(\d+) · (.+)$", re.MULTILINE)


@pytest.fixture(name="trace")
def _trace(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(name="dry", scope="module")
def _dry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    home = tmp_path_factory.mktemp("dry")
    words = [*planned("support"), "llm.backend=scripted", "n=3", f"out={home / 'r'}", f"memory.path={home / 'm'}"]
    assert run(words) == 0
    return home / "r"


def dialogue(workshop: Workshop, serve: Callable[..., Endpoint], behave: Any, **changes: Any) -> tuple[Ran, Endpoint]:
    """One sample of the small dialogue, its endpoint behaving so."""
    path = write_scenario(workshop.home / "talk", **changes)
    endpoint = serve(behave)
    return workshop.run("r", f"scenario={path}", *at(endpoint.url), "n=1", "round_size=1", "lookahead=0"), endpoint


def test_every_call_is_printed_in_the_order_in_which_the_endpoint_got_it(
    workshop: Workshop, serve: Callable[..., Endpoint], trace: Callable[..., tuple[int, str, str]]
) -> None:
    path = write_scenario(workshop.home / "talk")
    endpoint = serve(scrambled("t"))
    ran = workshop.run("r", f"scenario={path}", *at(endpoint.url), "n=4", "concurrency=8", "llm.price.prompt=3")
    assert ran.code == 0, ran.stderr
    for sample in [line["id"] for line in ran.lines()]:
        rows = read_journal(ran.out / "run.sqlite", lambda reading, sample=sample: reading.calls(sample))  # type: ignore[misc]
        seeds = [orjson.loads(found.question)["seed"] & 0x7FFF_FFFF for found in rows]
        asked = [asked for asked in endpoint.asked if asked.seed in seeds]
        assert [each.seed for each in asked] == seeds
        code, out, err = trace(f"out={ran.out}", f"id={sample}")
        assert (code, err) == (0, "")
        titles = TITLE.findall(out)
        assert [int(number) for number, _ in titles] == list(range(1, len(rows) + 1))
        place = 0
        for each, found, (number, title) in zip(asked, rows, titles, strict=True):
            assert title == f"{found.step} · {found.role} · fake"
            place = out.index(f"\n{number} · ", place)
            for message in each.body["messages"]:
                for text in message["content"].split("\n"):
                    place = out.index(f"  │ {text}\n", place)
            for text in orjson.loads(found.answer)["text"].split("\n"):
                place = out.index(f"  answer\n  │ {text}\n", place)
            spent = f"{found.usage.prompt_tokens} prompt (0 cached) + {found.usage.completion_tokens} completion tokens"
            place = out.index(spent, place)
            assert re.match(
                r" · \d+\.\d{3} s · 1 request · temperature 0\.\d+ · \$0\.0\d+\n", out[place + len(spent) :]
            )
        assert "\nend: accepted\n" in out[place:]
        assert "\n  PASS complete (version 1)\n" in out[place:]


def test_draws_and_backtracks_are_shown_as_such(
    workshop: Workshop, serve: Callable[..., Endpoint], trace: Callable[..., tuple[int, str, str]]
) -> None:
    refused = 0

    def behave(asked: Asked) -> str:
        """The first three draws of the line that gives the code lack it."""
        nonlocal refused
        if "ACT: gives the code" in asked.prompt and refused < 3:
            refused += 1
            return f"Not this time, number {('one', 'two', 'three')[refused - 1]}."
        return scripted(asked)

    ran, _ = dialogue(workshop, serve, behave, redraws=2)
    assert ran.code == 0, ran.stderr
    code, out, _ = trace(f"out={ran.out}", "id=talk")
    assert code == 0
    steps = [title for _, title in TITLE.findall(out) if title.startswith("generate/")]
    assert steps == [
        "generate/0 · guest · fake",
        "generate/1 · clerk · fake",
        "generate/2 · draw 1 of 2 · guest · fake",
        "generate/2 · draw 2 of 2 · guest · fake",
        "generate/1 · draw 1 of 1 · after backtrack 1 · clerk · fake",
        "generate/2 · draw 1 of 2 · after backtrack 1 · guest · fake",
        "generate/2 · draw 2 of 2 · after backtrack 1 · guest · fake",
        "generate/3 · draw 1 of 1 · after backtrack 1 · clerk · fake",
    ]
    assert out.index("number one.") < out.index("number two.") < out.index("number three.")


def test_problems_and_drafts_stand_between_the_steps_and_repairs_and_retries_are_named(
    workshop: Workshop, serve: Callable[..., Endpoint], trace: Callable[..., tuple[int, str, str]]
) -> None:
    met: set[str] = set()

    def first(what: str) -> bool:
        return what not in met and not met.add(what)  # type: ignore[func-returns-value]

    def behave(asked: Asked) -> Any:
        shape = str(asked.schema)
        if "problems" in shape and first("critic"):
            return '{"problems": [{"turn": 2, "problem": "the clerk is curt"}]}'
        if "scores" in shape and first("busy"):
            return Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "0"})
        if "scores" in shape and first("judge"):
            return "I would rather not say."
        return scripted(asked)

    ran, _ = dialogue(workshop, serve, behave)
    assert ran.code == 0, ran.stderr
    code, out, _ = trace(f"out={ran.out}", "id=talk")
    assert code == 0
    titles = [title.split(" · ")[0] for _, title in TITLE.findall(out)]
    assert titles == [
        *(f"generate/{place}" for place in range(4)), "critique/0", "refine/1/2", "critique/1", "verify",
        "judge", "judge",
    ]  # fmt: skip
    between = out[out.index("critique/0") : out.index("· refine/1/2")]
    assert "\nrefine/1 begins: 1 problem named\n  - turn 2: the clerk is curt\n" in between
    old = ran.lines()[0]["messages"]
    assert f"  0 user guest\n  │ {old[0]['content']}\n" in between
    assert "judge · repair of the answer to judge · judge · fake" in out
    assert "  answer\n  │ I would rather not say.\n" in out
    assert out.count("2 requests (1 retry)") == 1
    assert out.endswith(f"  3 assistant clerk\n  │ {old[3]['content']}\n"), "the sample as it stands"
    assert "\n  1 revision; the sample as it stands:\n" in out


def test_a_rejected_and_an_undecided_sample_say_why(
    workshop: Workshop, serve: Callable[..., Endpoint], trace: Callable[..., tuple[int, str, str]]
) -> None:
    ran, _ = dialogue(workshop, serve, lambda asked: "Again and again.", redraws=1, backtracks=0)
    sample = ran.lines("rejected.jsonl")[0]
    code, out, _ = trace(f"out={ran.out}", f"id={sample['id']}")
    assert code == 0
    assert f"\nend: rejected at generate: {sample['reason']}\n  {sample['detail']}\n" in out
    assert "no draw passed" in out

    refused = serve(lambda asked: Reply(400, {"error": {"message": "no [bold]way[/bold]"}}))
    path = write_scenario(workshop.home / "notes", NOTES)
    ran = workshop.run("u", f"scenario={path}", *at(refused.url), "n=1", "round_size=1", "patience=1")
    assert ran.code == 3, ran.stderr
    code, out, _ = trace(f"out={ran.out}", f"id={ran.lines('rejected.jsonl')[0]['id']}")
    assert code == 0
    assert "the machinery failed in generate: declined: declined: HTTP 400: no [bold]way[/bold]" in out
    assert "\n  0 calls · 0 requests" in out
    assert "\nend: undecided at generate: declined\n" in out


def test_without_an_id_the_samples_are_listed_one_a_line(dry: Path, trace: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = trace(f"out={dry}")
    assert (code, err) == (0, "")
    lines = [orjson.loads(line) for line in (dry / "dataset.jsonl").read_bytes().splitlines()]
    for shown, line in zip(out.splitlines(), lines, strict=True):
        calls = sum(used["calls"] for used in line["usage"].values())
        tokens = sum(used["prompt_tokens"] + used["completion_tokens"] for used in line["usage"].values())
        assert shown.split() == [line["id"], "accepted", str(calls), "calls", str(tokens), "tokens"]


def test_a_prefix_is_enough_where_it_is_unique_and_a_trace_leaves_the_run_as_it_was(
    dry: Path, trace: Callable[..., tuple[int, str, str]]
) -> None:
    before = {path.name: path.read_bytes() for path in dry.iterdir()}
    whole = trace(f"out={dry}", "id=support-7106aecef0427d6a")
    assert whole[0] == 0
    assert trace(f"out={dry}", "id=support-7106") == whole
    assert {path.name: path.read_bytes() for path in dry.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "out: is missing"),
        (["out=nowhere"], "out=nowhere: holds no run"),
        (["out={dry}", "id=support-7106aecef0427d6b"], "the nearest is support-7106aecef0427d6a"),
        (["out={dry}", "id=suport"], "the nearest is support-"),
        (["out={dry}", "id=support-"], "3 samples of"),
        (["out={dry}", "ids=x"], "ids: unknown key (did you mean 'id'?)"),
        (["out={dry}", "support-7106"], "'support-7106' is not a setting"),
        (["out={dry}", "id=\x1b[2J\nx"], "id=\\x1b[2J x: no such sample"),
        (["out=" + "x" * 5000], "holds no run"),
        (["out=\0"], "holds no run"),
    ],
)
def test_a_mistake_is_one_line(
    dry: Path, trace: Callable[..., tuple[int, str, str]], words: list[str], told: str
) -> None:
    code, out, err = trace(*(word.format(dry=dry) for word in words))
    assert (code, out) == (2, "")
    assert err.startswith("colloquia: ")
    assert told in err
    assert err.count("\n") == 1


def test_a_run_in_progress_can_be_looked_into(
    workshop: Workshop, serve: Callable[..., Endpoint], trace: Callable[..., tuple[int, str, str]]
) -> None:
    path = write_scenario(workshop.home / "talk")
    words = [f"scenario={path}", "n=2", "concurrency=2"]
    plain = workshop.run("plain", *words, *at(serve().url))
    reached, released = threading.Event(), threading.Event()

    async def hold(asked: Asked) -> str:
        """The sixth request waits until it is let go."""
        if asked.number >= 6:
            reached.set()
            await asyncio.to_thread(released.wait)
        return scripted(asked)

    process = workshop.start("r", *words, *at(serve(hold).url))
    try:
        assert reached.wait(60)
        out = workshop.home / "r"
        code, listed, _ = trace(f"out={out}")
        assert code == 0
        assert all(" under way " in line for line in listed.splitlines())
        sample = max(listed.splitlines(), key=lambda line: int(line.split()[3])).split()[0]
        code, told, _ = trace(f"out={out}", f"id={sample}")
        assert code == 0
        assert TITLE.findall(told)[0][1] == "generate/0 · guest · fake"
        assert "\nend: under way\n" in told
    finally:
        released.set()
    ran = workshop.finish("r", process)
    assert ran.code == 0, ran.stderr
    assert ran.dataset() == plain.dataset()


# -- what a model may write -------------------------------------------------------------------------------------

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\r[bold red]loud[/bold red] :smile: \u202egnorw\u2066 \x9b31m\x00\x7f\u2028\U000e0041"
    "\n7 · judge · judge · fake\n\nend: accepted\n{0} %s"
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(lines: list[StoryLine], monkeypatch: pytest.MonkeyPatch, width: int = 60) -> str:
    """What a terminal of 256 colours would be sent."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    show(lines, stream)
    return stream.getvalue()


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def harmless(text: str) -> bool:
    return not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\U000e0000-\U000e007f]", text
    )


def test_what_a_model_wrote_reaches_no_terminal_raw_and_is_no_markup(
    workshop: Workshop, serve: Callable[..., Endpoint], trace: Callable[..., tuple[int, str, str]]
) -> None:
    ran, _ = dialogue(workshop, serve, lambda asked: HOSTILE if asked.schema is None else scripted(asked), redraws=1)
    sample = ran.lines("rejected.jsonl")[0]["id"]
    code, out, _ = trace(f"out={ran.out}", f"id={sample}")
    assert code == 0
    assert harmless(out)
    assert (
        "  │ \\x1b[2J\\x1b]0;owned\\x07\\r[bold red]loud[/bold red] :smile: \\u202egnorw\\u2066 \\x9b31m\\x00\\x7f"
        in out
    )
    assert len(TITLE.findall(out)) == 3, "a forged heading stands behind the bar"
    assert out.count("\nend: ") == 1


def test_a_terminal_gets_colours_of_ours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        StoryLine(LineKind.TITLE, "1 · x"),
        *(StoryLine(look, HOSTILE, 1) for look in LineKind),
        StoryLine(LineKind.SAID, "word " * 40, 1),
    ]
    sent = on_a_terminal(lines, monkeypatch)
    assert "\x1b[1;36m" in sent, "in colours"
    text = without_colours(sent)
    assert harmless(text)
    assert "[bold red]loud[/bold red] :smile:" in text.replace("\n  │ ", "")
    words = text[text.rindex("word") - 300 :].splitlines()
    assert all(line.startswith("  │ word") and len(line) <= 60 for line in words[-4:]), "every line has its bar"


@given(st.lists(st.tuples(st.sampled_from(sorted(LineKind, key=lambda look: look.name)), st.text()), max_size=5))
def test_whatever_is_told_is_harmless_and_stays_in_its_place(told: list[tuple[LineKind, str]]) -> None:
    lines = [StoryLine(look, text, 1) for look, text in told]
    plain = io.StringIO()
    show(lines, plain)
    shown = plain.getvalue()
    assert harmless(shown)
    shown.encode()
    ours = [line for line in shown.split("\n") if line and not line.startswith("  │ ")]
    assert len(ours) == sum(look is not LineKind.SAID for look, _ in told)


@given(st.text())
def test_cleaning_leaves_readable_text_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    if text.isprintable():
        assert clean(text) == text


def test_a_terminal_of_few_characters_is_no_fault() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    show([StoryLine(LineKind.SAID, "naïve → ☃")], SteadyStream(stream))
    assert raw.getvalue() == b"\\u2502 na\\xefve \\u2192 \\u2603\n"


def test_a_reader_that_has_seen_enough_ends_it_quietly(dry: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "graphs.trace", f"out={dry}", "id=support-7106"],
        cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 0
    process.stderr.close()


def test_the_command_starts_without_the_machinery() -> None:
    source = "import sys, graphs.trace; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", source], cwd=REPO, capture_output=True, text=True, check=True)
    heavy = {"langgraph", "langchain_core", "langchain_openai", "autogen_core", "chromadb", "numpy", "aiohttp", "rich",
             "opentelemetry", "omegaconf", "wordllama"}  # fmt: skip
    assert not heavy & set(done.stdout.split())


# -- tools ------------------------------------------------------------------------------------------------------


async def test_tool_calls_are_kept_and_told(tmp_path: Path) -> None:
    said = Answer(text="", tool_calls=(ToolCall(id="id1", name="look", arguments='{"id": 1}'),)).message()
    call = a_call(
        messages=(*a_call().messages, said, Message(role=Speech.TOOL, content="Moby", tool_call_id="id1")),
        tools=(a_tool("look"), a_tool("lend")),
    )
    answer = Answer(text="Hm.", tool_calls=(ToolCall(id="id2", name="lend", arguments="{broken"),), requests=2)
    journal = Journal(tmp_path / "run.sqlite")
    store = JournalStore(journal)
    await store.keep(call.key(), call, answer, b"12345678")
    assert await store.answered(call.key()) == answer
    journal.close()
    (row,) = read_journal(tmp_path / "run.sqlite", lambda reading: reading.calls("s"))
    assert b"To look" not in row.question, "the schemas are equal in all calls"
    kept = stored_call(row)
    assert (kept.messages, kept.tools, kept.answer) == (call.messages, ("look", "lend"), answer)
    brief = Brief(id="s", round=0, index=0, seed=1, scenario="talk", cell={})
    stream = io.StringIO()
    show(story([kept], brief, None), stream)
    told = stream.getvalue()
    assert (
        '  assistant\n  │ calls look {"id": 1} (id1)\n  tool (result of id1)\n  │ Moby\n  tools: look, lend\n' in told
    )
    assert "  answer\n  │ Hm.\n  │ calls lend {broken (id2)\n" in told


def test_an_answer_of_an_older_journal_is_read() -> None:
    old = b'{"text":"Well.","finish":"stop","usage":{"calls":1},"latency":0.5,"requests":1}'
    assert Answer.model_validate_json(old) == Answer(text="Well.", usage=Usage(calls=1), latency=0.5)
