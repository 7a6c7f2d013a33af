"""Argilla's and Label Studio's forms: what goes out hides what an audit hides, and what comes back is kept once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.review import main
from graphs.reviewing.log import read_reviews
from graphs.reviewing.verdicts import Queue, Said
from tests.helpers import Said as Spoken
from tests.helpers import said_by

TOOLS = ["argilla", "labelstudio"]


@pytest.fixture(name="spoken")
def _spoken(capfd: pytest.CaptureFixture[str]) -> Spoken:
    return said_by(main, capfd)


def _line(number: int) -> dict[str, Any]:
    return {
        "id": f"s{number}", "messages": [{"role": "user", "content": f"What is {number}?"}, {"role": "assistant", "content": "A."}],
        "brief": {"cell": {"topic": "sums"}}, "scores": {"judge.useful": 2}, "evidence": [],
    }  # fmt: skip


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    write(tmp_path, [_line(number) for number in range(4)])
    return tmp_path


def write(out: Path, lines: list[dict[str, Any]]) -> None:
    (out / "dataset.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def answered(tool: str, row: dict[str, Any], word: str, remark: str = "", who: int = 7) -> dict[str, Any]:
    """What went out, as the tool writes it with one answer."""
    if tool == "argilla":
        asked = {"verdict": [{"value": word, "user_id": f"user-{who}"}]}
        more = {"remark": [{"value": remark, "user_id": f"user-{who}"}]} if remark else {}
        return {**row, "responses": {**asked, **more}, "_server_id": "x"}
    result = [{"from_name": "verdict", "to_name": "sample", "id": "a", "type": "choices", "value": {"choices": [word]}}]
    if remark:
        result.append({"from_name": "remark", "to_name": "sample", "type": "textarea", "value": {"text": [remark]}})
    done = {"id": 1, "completed_by": who, "result": result, "was_cancelled": False, "lead_time": 4.5, "task": 9}
    return {**row, "id": 9, "annotations": [done], "project": 3}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("queue", ["audit", "routed"])
def test_a_queue_goes_out_and_its_verdicts_come_back_once(out: Path, spoken: Spoken, tool: str, queue: str) -> None:
    file = out / "out.json"
    code, said, err = spoken(f"out={out}", f"to={tool}", f"file={file}", f"queue={queue}")
    assert (code, err) == (0, "")
    assert said == f"written: 4 samples of the queue {queue} to {file}\n"
    rows = orjson.loads(file.read_bytes())
    assert (b"judge.useful" in file.read_bytes()) is (queue == "routed")
    back = [
        answered(tool, rows[0], "accept"),
        answered(tool, rows[1], "reject", "wrong"),
        answered(tool, rows[2], "accept"),
    ]
    bare = answered(tool, rows[3], "accept")
    bare.update({"responses": {}} if tool == "argilla" else {"annotations": []})
    file.write_bytes(orjson.dumps([*back, bare]))
    id_ = rows[2]["id"] if tool == "argilla" else rows[2]["data"]["id"]
    lines = [_line(number) for number in range(4)]
    write(out, [line if line["id"] != id_ else {**line, "messages": []} for line in lines])
    code, said, err = spoken(f"out={out}", f"from={tool}", f"file={file}")
    assert (code, err) == (0, "")
    assert said.splitlines() == [
        "kept: 2 verdicts; read before: 0; samples without one: 1", f"not what went out any more, and not kept: 1 ({id_})"
    ]  # fmt: skip
    first, second = read_reviews(out)
    assert (first.said, second.said, second.remark) == (Said.ACCEPT, Said.REJECT, "wrong")
    assert first.queue is Queue(queue)
    assert bool(first.dataset) is (queue == "audit")
    assert first.reviewer == ("user-7" if tool == "argilla" else "7")
    again = spoken(f"out={out}", f"from={tool}", f"file={file}")[1]
    assert again.startswith("kept: 0 verdicts; read before: 2")
    assert len(read_reviews(out)) == 2
    write(out, [line for line in lines if line["id"] != id_])
    assert f"not in the dataset, and not kept: 1 ({id_})" in spoken(f"out={out}", f"from={tool}", f"file={file}")[1]


@pytest.mark.parametrize("tool", TOOLS)
def test_another_form_is_one_line_and_keeps_nothing(out: Path, spoken: Spoken, tool: str) -> None:
    file = out / "f.json"
    spoken(f"out={out}", f"to={tool}", f"file={file}")
    rows = orjson.loads(file.read_bytes())
    good = answered(tool, rows[0], "accept")
    maybe = answered(tool, rows[1], "maybe")
    bare = {key: value for key, value in good.items() if key not in {"metadata", "data"}}
    for text, says in (
        (b"[\n{]", "line 2: is not JSON"),
        (b"{}", "is no list of records"),
        (orjson.dumps([good, maybe]), "record 2: verdict says 'maybe'"),
        (orjson.dumps([good, bare]), "record 2: "),
        (orjson.dumps([good, 3]), "record 2: "),
    ):
        file.write_bytes(text)
        code, said, err = spoken(f"out={out}", f"from={tool}", f"file={file}")
        assert (code, said) == (2, "")
        assert says in err
        assert len(err.splitlines()) == 1
        assert read_reviews(out) == []


def test_mistakes_in_words(out: Path, spoken: Spoken) -> None:
    for words, says in (
        (("to=prodigy", "file=x"), "to=prodigy: is not one of argilla, labelstudio"),
        (("to=argilla",), "file: is missing"),
        (("to=argilla", "from=argilla", "file=x"), "one thing at a time"),
        (("to=argilla", f"file={out}/no/x"), "cannot be written"),
        (("from=argilla", f"file={out}/no"), "cannot be read"),
        (("to=argilla", "file=x", "queue=pairs"), "queue=pairs: is not one of"),
        (("to=argilla", "file=x", "seed=-1"), "seed=-1: is no whole number"),
    ):
        code, said, err = spoken(f"out={out}", *words)
        assert (code, said) == (2, "")
        assert says in err
