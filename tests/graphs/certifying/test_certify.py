"""`graphs.certify` over a run: what it writes, what later sessions leave of it, and that each change of it is found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.certify import main as certify_main
from graphs.certifying.quality import QUALITY
from graphs.files.card import put_quality
from graphs.reject import main as reject_main
from graphs.reviewing.desk import ReviewDesk
from graphs.reviewing.log import REVIEWS
from graphs.reviewing.order import AUDITS
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said
from graphs.run import main as run_main
from graphs.verify import main as verify_main
from tests.helpers import Said as SaidBy
from tests.helpers import said_by


def _review(out: Path, count: int, flawed: tuple[int, ...] = (), reviewer: str = "ann") -> list[str]:
    desk, ids = ReviewDesk(out), []
    for number in range(count):
        item = desk.next(Queue.AUDIT, reviewer)[0]
        ids.append(item.sample)
        word = Said.REJECT if number in flawed else Said.ACCEPT
        desk.record(
            PersonVerdict(
                number=1,
                reviewer=reviewer,
                queue=Queue.AUDIT,
                sample=item.sample,
                content=item.content,
                said=word,
                repeat=item.repeat,
            )
        )
    return ids


def _change_first(out: Path) -> None:
    path = out / "dataset.jsonl"
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(first.replace('"text":"', '"text":"Oh. ') + f"\n{rest}", encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of eight samples that nobody has reviewed."""
    return _made(tmp_path_factory.mktemp("certify"))


def _made(home: Path) -> Path:
    words = ["scenario=chain", "llm.backend=scripted", "n=8", f"out={home / 'run'}", f"memory.path={home / 'memory'}"]
    assert run_main(words) == 0
    return home / "run"


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "run"))


@pytest.fixture
def certify(capfd: pytest.CaptureFixture[str]) -> SaidBy:
    return said_by(certify_main, capfd)


@pytest.fixture
def verify(capfd: pytest.CaptureFixture[str]) -> SaidBy:
    return said_by(verify_main, capfd)


def test_a_claim_stands_in_every_file_and_is_derived_again(out: Path, certify: SaidBy, verify: SaidBy) -> None:
    _review(out, 6)
    code, told, _ = certify(f"out={out}")
    assert code == 0
    sentence = told.splitlines()[0]
    assert sentence.startswith("8 accepted, 6 audited by ann, none flawed: at most ")
    assert sentence in (out / "README.md").read_text(encoding="utf-8")
    assert QUALITY in orjson.loads((out / "certificate.json").read_bytes())["files"]
    code, told, _ = verify(f"out={out}")
    assert code == 0
    assert sentence in told
    again = (out / QUALITY).read_bytes()
    assert certify(f"out={out}")[0] == 0
    assert (out / QUALITY).read_bytes() == again
    assert (out / "README.md").read_text(encoding="utf-8").count(sentence) == 1


def test_reviewing_on_leaves_the_claim_as_it_was_made(out: Path, certify: SaidBy, verify: SaidBy) -> None:
    _review(out, 4)
    certify(f"out={out}")
    _review(out, 2)
    assert verify(f"out={out}")[0] == 0


def test_taking_a_flawed_one_out_keeps_it_and_new_samples_void_it(
    certify: SaidBy, verify: SaidBy, tmp_path: Path
) -> None:
    out = _made(tmp_path)
    ids = _review(out, 6, flawed=(2,))
    certify(f"out={out}")
    assert reject_main([f"out={out}", f"id={ids[2]}", "why=it is wrong"]) == 0
    claim = orjson.loads((out / QUALITY).read_bytes())["claim"]
    assert (claim["removed"], claim["size_now"], claim["void"]) == (1, 7, "")
    assert verify(f"out={out}")[0] == 0
    assert run_main([f"out={out}"]) == 0
    claim = orjson.loads((out / QUALITY).read_bytes())["claim"]
    assert claim["void"] == "1 sample came after the audit"
    assert "No claim holds" in (out / "README.md").read_text(encoding="utf-8")
    assert certify(f"out={out}")[0] == 3
    assert verify(f"out={out}")[0] == 0


def _changed(value: Any) -> Any:
    if isinstance(value, bool | str):
        return f"{value}x"
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value / 2
    return {"eve": 5} if isinstance(value, dict) else {"shown": 20, "noticed": 20, "at_least": 1.0}


def test_every_change_of_it_is_found(out: Path, certify: SaidBy, verify: SaidBy) -> None:
    _review(out, 6)
    certify(f"out={out}")
    path, whole = out / QUALITY, orjson.loads((out / QUALITY).read_bytes())
    for name in whole["claim"]:
        path.write_bytes(orjson.dumps({**whole, "claim": {**whole["claim"], name: _changed(whole["claim"][name])}}))
        assert verify(f"out={out}")[0] != 0, name
    for change in ({"lines": 5}, {"lines": 7}, {"reviews": "0" * 64}):
        path.write_bytes(orjson.dumps(whole | change))
        assert verify(f"out={out}")[0] == 4, change
    path.write_bytes(orjson.dumps(whole))
    assert verify(f"out={out}")[0] == 0
    said = (out / REVIEWS).read_bytes()
    (out / REVIEWS).write_bytes(said.replace(b'"accept"', b'"reject"', 1))
    assert verify(f"out={out}")[0] == 4
    (out / REVIEWS).write_bytes(said)
    kept = next((out / AUDITS).iterdir())
    kept.write_bytes(kept.read_bytes().replace(b'"contents":{"', b'"contents":{"x', 1))
    assert verify(f"out={out}")[0] == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "out: is missing"),
        (["share=0"], "share=0: is no percentage"),
        (["confidence=101"], "confidence=101: is no percentage"),
        (["seed=x"], "seed=x: is no whole number"),
        ([], "nobody has audited it yet"),
        (["seed=7"], "nobody has audited it with seed=7 yet"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], why: str, out: Path, certify: SaidBy) -> None:
    given = [f"out={out}", *words] if why != "out: is missing" else words
    code, _, told = certify(*given)
    assert code == 2
    assert why in told
    assert len(told.strip().splitlines()) == 1


def test_taking_back_a_word_of_an_earlier_audit_leaves_the_last_one_the_last(out: Path, certify: SaidBy) -> None:
    _review(out, 2)
    _change_first(out)
    desk = ReviewDesk(out)
    (other,) = _review(out, 1, reviewer="bob")
    assert desk.undo("ann") is not None
    code, told, _ = certify(f"out={out}")
    assert (code, told[:29]) == (0, "8 accepted, 1 audited by bob,")
    assert desk.next(Queue.AUDIT, "bob")[0].sample != other


def test_no_name_of_a_reviewer_makes_a_heading_or_steers_a_terminal(out: Path, certify: SaidBy) -> None:
    _review(out, 1)
    name = orjson.dumps("x\n\n## *Fake* <b>\x9b2J\u202e")  # the desk would refuse it: somebody wrote it into the file
    (out / REVIEWS).write_bytes((out / REVIEWS).read_bytes().replace(b'"ann"', name))
    told = certify(f"out={out}")[1].splitlines()[0]
    assert r"1 audited by x ## *Fake* <b>\x9b2J\u202e, none flawed" in told
    assert r"1 audited by x \#\# \*Fake\* \<b\>\\x9b2J\\u202e, none flawed" in (out / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "left", ["", "# Mine\n", "# Mine\n## What people found\nold\n", "## What people found\n## Mine\n"]
)
def test_a_card_that_somebody_wrote_anew_keeps_what_it_says(left: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(left, encoding="utf-8")
    for sentence in ("One.", "Two."):
        put_quality(tmp_path, sentence)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.count("## What people found\nTwo.\n") == text.count("## What people found") == 1
    assert ("Mine" in text) == ("Mine" in left)
    assert "One" not in text
    assert "old" not in text


def test_a_void_claim_says_what_to_do_and_nothing_of_shares(out: Path, certify: SaidBy) -> None:
    _review(out, 1)
    _change_first(out)
    code, told, _ = certify(f"out={out}")
    assert code == 3
    assert f"audit it again: python -m graphs.studio out={out}" in told
    assert "clean ones more" not in told
