"""A run directory of somebody else is input like any other: whatever lies in it, each command that reads it ends in one line
and exit code 2, or goes on with what is sound; never in a fault of ours, in a hang, or with memory for gigabytes."""

from __future__ import annotations

import os
import random
import shutil
import socket
import sqlite3
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.calibrate import main as calibrate
from graphs.evaluate import main as evaluate
from graphs.lineage import main as lineage
from graphs.reembed import main as reembed
from graphs.run import main as run
from graphs.trace import main as trace
from graphs.verify import main as verify
from memory.journal.tables import packed
from memory.vectors.embedding import NAME
from tests import hostile
from tests.helpers import NOTES, TALK, Said, said_by, write_scenario

DRY = "llm.backend=scripted"
Command = Callable[[list[str]], int]
SOUND = {
    "talk": TALK,
    "notes": NOTES,
    "library": None,
    "evolve": None,
    "cut talk": TALK,
    "cut library": None,
    "cut evolve": None,
}
"""Runs by scenario, finished or stopped by a budget with briefs under way."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound run of each sort."""
    home = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        for sort, base in SOUND.items():
            name = sort.removeprefix("cut ")
            scenario = write_scenario(home / name, base) if base else name
            more = ["n=40", "budget.calls=25"] if sort.startswith("cut") else ["n=4"]
            words = [f"scenario={scenario}", DRY, "round_size=3", "lookahead=2", *more]
            assert run([*words, f"out={home / f'run {sort}'}", f"memory.path={home / f'memory {sort}'}"]) in {0, 3}
    return home


@pytest.fixture
def copy(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A copy of a sound run, to be made hostile; the current folder is beside it."""
    monkeypatch.chdir(tmp_path)

    def copied(sort: str = "talk") -> Path:
        out = tmp_path / "run"
        shutil.rmtree(out, ignore_errors=True)
        return shutil.copytree(made / f"run {sort}", out)

    return copied


def words(command: Command, out: Path) -> list[str]:
    """The words of a command for a run directory."""
    more: dict[Command, list[str]] = {
        run: ["n=6", "patience=3", "budget.calls=500", f"memory.path={out.parent / 'memory'}"],
        evaluate: ["resamples=20"],
        calibrate: ["pairs=2", DRY],
    }
    return [f"out={out}", *more.get(command, [])]


COMMANDS: tuple[Command, ...] = (run, trace, lineage, evaluate, verify, calibrate)


def said_of(command: Command, out: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """A command's exit code on a directory, and what it complained of."""
    code, _, err = said_by(command, capfd)(*words(command, out))
    told = [line for line in err.splitlines() if not line.startswith(("colloquia: scenario ", "note: "))]
    assert not [line for line in told if "a fault of ours" in line], told
    return code, told


def refused(command: Command, out: Path, capfd: pytest.CaptureFixture[str], *says: str) -> None:
    """A command refuses a directory in one line that says all of `says`."""
    code, told = said_of(command, out, capfd)
    assert (code, len(told)) == (2, 1), (command.__module__, code, told)
    assert len(told[0]) < 1200
    for text in says:
        assert text in told[0], told[0]


READ_JOURNAL: tuple[Command, ...] = (run, trace, lineage, calibrate)


@pytest.mark.parametrize("what", hostile.SCHEMES)
def test_a_journal_with_another_schema_is_refused(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    out = copy("talk")
    hostile.edit(out / "run.sqlite", lambda base: base.executescript(hostile.SCHEMES[what]))
    before = (out / "run.sqlite").read_bytes()
    for command in READ_JOURNAL:
        refused(command, out, capfd, "run.sqlite", "not as a run writes it")
    assert (out / "run.sqlite").read_bytes() == before
    assert not list(out.glob("*damaged*"))


def in_schema(statement: str) -> Callable[[Path], None]:
    """Writes what SQLite itself would not write into its schema."""

    def attack(out: Path) -> None:
        def work(base: sqlite3.Connection) -> None:
            base.execute("PRAGMA writable_schema=ON")
            base.execute(statement)

        hostile.edit(out / "run.sqlite", work)

    return attack


def a_tree_that_holds_itself(out: Path) -> None:
    """Pages of a table's tree that name one another, so that a walk has no end."""
    path = out / "run.sqlite"
    hostile.edit(path, lambda base: base.execute("VACUUM"))
    base = sqlite3.connect(path)
    root = base.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'calls'").fetchone()[0]
    size = base.execute("PRAGMA page_size").fetchone()[0]
    base.close()
    data = bytearray(path.read_bytes())
    pages = len(data) // size
    cells = [struct.pack(">I", root) + b"\x01"] * 200
    for number, page in ((root, pages + 1), *((pages + n, pages + n + 1) for n in range(1, 8)), (pages + 8, 2)):
        body = bytearray(size)
        cell = struct.pack(">I", page) + b"\x01"
        at = size - len(cell) * len(cells)
        body[:12] = struct.pack(">BHHHBI", 5, 0, len(cells), at, 0, page)
        for place in range(len(cells)):
            struct.pack_into(">H", body, 12 + 2 * place, at + place * len(cell))
            body[at + place * len(cell) : at + (place + 1) * len(cell)] = cell
        if number <= pages:
            data[(number - 1) * size : number * size] = body
        else:
            data += body
    data[28:32] = struct.pack(">I", len(data) // size)
    path.write_bytes(bytes(data))


def many_bombs(out: Path) -> None:
    """Every record unpacks to a hundred times what any is."""
    bomb = zlib.compress(b'{"verdict": "accepted", "candidate": "' + b" " * (80 << 20) + b'"}', 9)

    def work(base: sqlite3.Connection) -> None:
        base.execute("UPDATE records SET record = ?", (bomb,))
        base.execute("UPDATE briefs SET brief = ?", (bomb,))
        base.execute("UPDATE calls SET question = ?", (bomb,))
        base.create_function("check_of", -1, hostile.check_of)
        for table in ("records", "briefs", "calls"):
            columns = [row[1] for row in base.execute(f"PRAGMA table_info({table})")][:-1]
            base.execute(f"UPDATE {table} SET crc = check_of('{table}', {', '.join(columns)})")

    hostile.edit(out / "run.sqlite", work)


def in_every(table: str, values: str) -> Callable[[Path], None]:
    """Sets columns of every row of a table, with the checks that go with them."""

    def attack(out: Path) -> None:
        def work(base: sqlite3.Connection) -> None:
            base.execute(f"UPDATE OR REPLACE {table} SET {values}")
            base.create_function("check_of", -1, hostile.check_of)
            columns = [row[1] for row in base.execute(f"PRAGMA table_info({table})")][:-1]
            base.execute(f"UPDATE {table} SET crc = check_of('{table}', {', '.join(columns)})")

        hostile.edit(out / "run.sqlite", work)

    return attack


JOURNALS: dict[str, tuple[Callable[[Path], object], tuple[Command, ...]]] = {
    "rows that unpack to gigabytes": (many_bombs, READ_JOURNAL),
    "rows that cannot be unpacked": (in_every("records", "record = x'00ff'"), READ_JOURNAL),
    "rows that hold no JSON": (
        lambda out: in_every("records", f"record = x'{packed(b'no JSON').hex()}'")(out), READ_JOURNAL,
    ),
    "rows of deep JSON": (
        lambda out: in_every("records", f"record = x'{packed(b'[' * 500_000).hex()}'")(out), READ_JOURNAL,
    ),
    "records that are text": (in_every("records", "record = 'accepted'"), READ_JOURNAL),
    "records that are numbers": (in_every("records", "record = 1000000000"), READ_JOURNAL),
    "ids that are bytes": (in_every("records", "id = CAST(rowid AS BLOB)"), READ_JOURNAL),
    "answers that are numbers": (in_every("calls", "answer = 2000000000"), (run, calibrate)),
    "tokens beyond any sum": (in_every("calls", "prompt_tokens = 9223372036854775807"), (run, trace, calibrate)),
    "tokens below zero": (in_every("calls", "completion_tokens = -1"), (run, trace, calibrate)),
    "tokens in words": (in_every("calls", "prompt_tokens = 'many'"), (run, calibrate)),
    "a price without an end": (in_every("calls", "usd = 9e999"), (run, calibrate)),
    "two records of one sample": (in_every("records", "id = 'same'"), READ_JOURNAL),
    "places below zero": (in_every("records", "round = -5 - rowid"), READ_JOURNAL),
    "verdicts of its own": (in_every("records", "verdict = 'sold'"), (run, lineage, calibrate)),
    "a run without a name": (in_every("meta", "value = '' WHERE key = 'run'"), (run,)),
    "a run whose name is a path": (
        lambda out: hostile.edit(out / "run.sqlite", lambda base: base.execute("DELETE FROM meta WHERE key = 'run'")), (run,)
    ),
    "a tree that holds itself": (a_tree_that_holds_itself, (trace,)),
    "a schema that is no SQL": (in_schema("UPDATE sqlite_schema SET sql = 'CREATE nonsense' WHERE name = 'calls'"), (trace, lineage)),
    "a root that is another table's": (
        in_schema("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'meta') WHERE name = 'records'"),
        (lineage,),
    ),
    "a root far beyond the file": (in_schema("UPDATE sqlite_schema SET rootpage = 4000000000 WHERE name = 'records'"), (trace, lineage)),
    "a rollback journal that names a file": (
        lambda out: (out / "run.sqlite-journal").write_bytes(b"\0" * 512 + b"/tmp/precious" + b"\0" * 12 + bytes.fromhex("d9d505f920a163d7")),
        READ_JOURNAL,
    ),
    "a file that is mostly holes": (lambda out: os.truncate(out / "run.sqlite", 1 << 38), READ_JOURNAL),
    "a log that is mostly holes": (
        lambda out: (out / "run.sqlite-wal").touch() or os.truncate(out / "run.sqlite-wal", 1 << 38), READ_JOURNAL
    ),
    "a file without an end": (lambda out: os.truncate(out / "run.sqlite", 1 << 42), READ_JOURNAL),
}  # fmt: skip


@pytest.mark.parametrize("what", JOURNALS)
def test_a_hostile_journal_ends_in_one_line(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    attack, commands = JOURNALS[what]
    out = copy("talk")
    attack(out)
    for command in commands:
        refused(command, out, capfd, "run.sqlite")
    for command in COMMANDS:
        said_of(command, out, capfd)


# -- what lies in a directory in place of files ----------------------------------------------------------------------

NAMES = (
    "run.yaml", "run.sqlite", "run.sqlite-wal", "dataset.jsonl", "rejected.jsonl", "certificate.json", "axes.yaml", "summary.json",
    "diversity.json", "README.md", "colloquia.log", "spans.jsonl", ".owner.lock", ".run.yaml.partial", ".dataset.jsonl.partial",
)  # fmt: skip


def a_pipe(path: Path) -> None:
    """A pipe that nobody writes to."""
    os.mkfifo(path)


def an_endless_device(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


def a_link_out(path: Path) -> None:
    """A link to a file of the user's."""
    path.symlink_to(path.parent.parent / "precious.txt")


def a_link_to_nothing(path: Path) -> None:
    """A link to a file that a write would make."""
    path.symlink_to(path.parent.parent / "made.txt")


def a_socket(path: Path) -> None:
    """A socket."""
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(path.parent)  # the name of a socket is short
        made.bind(path.name)
        os.chdir(before)


@pytest.mark.parametrize("trap", [a_pipe, an_endless_device, a_link_out, a_link_to_nothing, a_socket])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_plain_file_is_refused_and_nothing_outside_is_written(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], name: str, trap: Callable[[Path], None]
) -> None:
    out = copy("talk")
    (out.parent / "precious.txt").write_text("years of work")
    (out / name).unlink(missing_ok=True)
    trap(out / name)
    for command in COMMANDS:
        code, told = said_of(command, out, capfd)
        assert (code, len(told)) == (2, 1), (command.__module__, told)
    assert (out.parent / "precious.txt").read_text() == "years of work"
    assert not (out.parent / "made.txt").exists()


def test_a_directory_behind_a_link_is_a_run_directory(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    out = copy("talk")
    (out.parent / "link").symlink_to(out)
    (out / "more").symlink_to(out.parent)
    for command in COMMANDS:
        assert said_of(command, out.parent / "link", capfd)[0] == 0


# -- files of text -----------------------------------------------------------------------------------------------------

TEXTS = {
    "a date that does not exist": b"n: 2026-13-45\n",
    "a time that does not exist": b"n: 2026-01-01 99:99:99\n",
    "a tag of Python": b"n: !!python/object/apply:os.system ['touch owned']\n",
    "a tag that does not fit": b"n: !!int many\n",
    "a set": b"n: !!set {a, b}\n",
    "bytes": b"n: !!binary aGVsbG8=\n",
    "an alias that multiplies": b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nn: [*c, *c]\n",
    "an alias of itself": b"n: &a [*a]\n",
    "merges that multiply": b"a: &a {x: 1}\nb: &b {<<: [*a, *a]}\nc: {<<: [*b, *b]}\n",
    "a number of thousands of digits": b"n: " + b"9" * 5000 + b"\n",
    "a hexadecimal one": b"n: 0x" + b"f" * 50_000 + b"\n",
    "an infinite one": b"n: .inf\n",
    "one that is none": b"llm: {temperature: .nan}\n",
    "deep lists": b"n: " + b"[" * 3000 + b"]" * 3000 + b"\n",
    "very deep lists": b"n: " + b"[" * 200_000 + b"\n",
    "keys that are numbers": b"1: 2\n",
    "keys that are lists": b"? [a, b]\n: 2\n",
    "a mapping for a number": b"n: {a: 1}\n",
    "a list": b"- a\n",
    "nothing": b"",
    "a zero byte": b"n: \0\n",
    "no text": b"\xff\xfe\x00\xd8\x00",
    "a tab": b"n:\n\t- a\n",
    "two documents": b"n: 1\n---\nn: 2\n",
    "a large file": b"n: " + b"x" * (5 << 20) + b"\n",
    "many keys": b"".join(b"k%d: 1\n" % number for number in range(30_000)),
    "an escape of the terminal": b'scenario: "\\x1b[2J\\x1b]0;x\\x07"\n',
    "interpolations": b"scenario: ${oc.env:HOME}\n",
    "a scenario that is a device": b"scenario: /dev/zero.yaml\n",
    "a scenario that is a directory": b"scenario: /\n",
    "quotas of lists": b"quota: [a]\n",
    "roles of numbers": b"roles: {1: 2}\n",
    "a role that is none": b"roles: {judge: {llm: 5}}\n",
    "unknown keys": b"nn: 4\n",
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_hostile_run_yaml_ends_in_one_line(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    out = copy("talk")
    (out / "run.yaml").write_bytes(TEXTS[what])
    for command in (run, verify, calibrate):
        refused(command, out, capfd)
    code, told = said_of(evaluate, out, capfd)
    assert (code, len(told)) in {(0, 0), (2, 1)}
    assert not (out.parent / "owned").exists()


@pytest.mark.parametrize("what", TEXTS)
def test_a_hostile_axes_yaml_ends_in_one_line(
    made: Path, copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    out = copy("notes")
    plan = {"ideate": {"about": "things", "count": 4}}
    scenario = write_scenario(
        out.parent / "ideates", NOTES, axes={"topic": None, "thing": plan, "mood": ["calm", "glad"]}
    )
    for prompt in ("text", "look"):
        (scenario.parent / f"{prompt}.jinja").write_text(
            "About {{ thing.name }}. {{ fields and note }}\n" if 0 else "About {{ thing.name }}.\n"
        )
    text = scenario.read_text().replace("- topic", "- thing")
    scenario.write_text(text)
    (out / "axes.yaml").write_bytes(TEXTS[what].replace(b"n:", b"axes:", 1))
    (out / "run.yaml").write_text(f"scenario: {scenario}\nllm: {{backend: scripted}}\n")
    for command in (verify, evaluate, calibrate):
        refused(command, out, capfd, "axes")


AXES: dict[str, Any] = {
    "no values": {"axes": {"thing": []}},
    "values twice": {"axes": {"thing": ["a", "a"]}},
    "too many values": {"axes": {"thing": [f"v{n}" for n in range(5000)]}},
    "values that are to be ideated": {"axes": {"thing": {"ideate": {"about": "x", "count": 3}}}},
    "a range of numbers": {"axes": {"thing": {"numbers": {"least": 0, "most": 1e18, "bins": 100}}}},
    "an exclusion of all": {"axes": {"thing": ["a"]}, "exclude": [{"thing": ["a"], "mood": ["calm", "glad"]}]},
    "an exclusion of no axis": {"axes": {"thing": ["a", "b"]}, "exclude": [{"x": ["a"], "y": ["b"]}]},
    "values of other axes alone": {"axes": {"other": ["a", "b"]}},
    "keys of its own": {"axes": {"thing": ["a", "b"]}, "more": 1},
}


@pytest.mark.parametrize("what", AXES)
def test_axes_that_cannot_be_planned_with_are_refused(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    out = copy("notes")
    plan = {"ideate": {"about": "things", "count": 4}}
    scenario = write_scenario(
        out.parent / "ideates", NOTES, axes={"topic": None, "thing": plan, "mood": ["calm", "glad"]}
    )
    for prompt in ("text", "look"):
        (scenario.parent / f"{prompt}.jinja").write_text("About {{ thing.name }}.\n")
    scenario.write_text(scenario.read_text().replace("- topic", "- thing"))
    (out / "axes.yaml").write_bytes(orjson.dumps(AXES[what]))
    (out / "run.yaml").write_text(f"scenario: {scenario}\nllm: {{backend: scripted}}\n")
    for command in (verify, evaluate, calibrate):
        refused(command, out, capfd, "axes")


LINES = {
    "a number": b"5\n",
    "deep lists": b"[" * 900 + b"]" * 900 + b"\n",
    "very deep lists": b"[" * 500_000 + b"\n",
    "a deep text": b'{"id": "a", "fields": ' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}\n",
    "half a character": b'{"text": "\\ud800"}\n',
    "no text": b"\xff\xfe\n",
    "a line that is too long": b'{"text": "' + b"x" * (17 << 20) + b'"}\n',
    "a name twice": b'{"id": "a", "id": 5}\n',
}


@pytest.mark.parametrize("what", LINES)
@pytest.mark.parametrize("name", ["dataset.jsonl", "rejected.jsonl"])
def test_a_hostile_line_ends_in_one_line(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], name: str, what: str
) -> None:
    out = copy("talk")
    for file in (*out.glob("run.sqlite*"), out / "certificate.json"):
        file.unlink()
    (out / name).write_bytes(LINES[what])
    refused(lineage, out, capfd, name)
    code, told = said_of(verify, out, capfd)
    assert code in {2, 4}
    assert len(told) == (code == 2)
    if name == "dataset.jsonl":
        refused(evaluate, out, capfd)


CERTIFICATES = {
    "no JSON": b"{",
    "a number": b"5",
    "deep": b"[" * 100_000,
    "numbers of thousands of digits": b'{"checks": {"a": ' + b"9" * 5000 + b"}}",
    "wrong types": b'{"scenario": [], "scenario_digest": 1, "checks": 5, "files": "x"}',
    "files that are none": b'{"scenario": "talk", "scenario_digest": "x", "checks": {}, "files": {"dataset.jsonl": 5}}',
    "nothing": b"",
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("what", CERTIFICATES)
def test_a_hostile_certificate_ends_in_one_line(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    out = copy("talk")
    (out / "certificate.json").write_bytes(CERTIFICATES[what])
    refused(verify, out, capfd, "certificate.json")
    for command in COMMANDS:
        said_of(command, out, capfd)


# -- at random -----------------------------------------------------------------------------------------------------------

FUZZED: dict[str, tuple[Callable[[Path, random.Random], object], tuple[Command, ...]]] = {
    "columns": (lambda out, draw: hostile.bad_row(out / "run.sqlite", draw.choice(hostile.TABLES), draw), READ_JOURNAL),
    "records": (lambda out, draw: hostile.bad_json(out / "run.sqlite", "records", draw), READ_JOURNAL),
    "briefs": (lambda out, draw: hostile.bad_json(out / "run.sqlite", "briefs", draw), READ_JOURNAL),
    "calls": (lambda out, draw: hostile.bad_json(out / "run.sqlite", "calls", draw), (run, trace)),
    "notes": (lambda out, draw: hostile.bad_note(out / "run.sqlite", draw), (run, calibrate)),
    "bytes of the journal": (lambda out, draw: hostile.bad_bytes(out / "run.sqlite", draw), READ_JOURNAL),
    "run.yaml": (lambda out, draw: hostile.bad_yaml(out / "run.yaml", draw), (run, verify, calibrate, evaluate)),
    "lines": (lambda out, draw: hostile.bad_lines(out / "dataset.jsonl", draw), (verify, evaluate)),
    "rejected lines": (lambda out, draw: hostile.bad_lines(out / "rejected.jsonl", draw), (verify, lineage)),
}  # fmt: skip


@pytest.mark.parametrize("what", FUZZED)
def test_a_part_of_another_kind_is_no_fault_of_ours(
    copy: Callable[[str], Path], capfd: pytest.CaptureFixture[str], what: str
) -> None:
    attack, commands = FUZZED[what]
    for seed in range(5):
        draw = random.Random(f"{what} {seed}")
        sort = draw.choice([*SOUND])
        for command in commands:
            out = copy(sort)
            attack(out, random.Random(f"{what} {seed}"))
            if what == "rejected lines":
                (out / "run.sqlite").unlink()
            code, told = said_of(command, out, capfd)
            assert code in {0, 2, 3, 4, 5}, (sort, seed, command.__module__, told)
            assert (code == 2) <= (1 <= len(told) <= 2), (sort, seed, command.__module__, told)


# -- a memory of somebody else --------------------------------------------------------------------------------------------


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Said:
    """Embeds a memory anew."""
    return said_by(reembed, capfd)


def test_a_memory_of_somebody_else_is_input_too(made: Path, tmp_path: Path, say: Said) -> None:
    where = shutil.copytree(made / "memory talk", tmp_path / "memory")
    base = sqlite3.connect(where / "chroma.sqlite3")
    base.execute("UPDATE embedding_metadata SET string_value = 'no JSON' WHERE key = 'names'")
    base.execute("UPDATE collection_metadata SET str_value = 'another' WHERE key = 'embedding'")
    base.commit()
    base.close()
    code, _, err = say(f"memory.path={where}")
    assert code in {0, 2}, err
    hostile.edit(
        where / "chroma.sqlite3", lambda base: base.execute("UPDATE collection_metadata SET str_value = 'wordllama'")
    )
    changes = f"UPDATE collection_metadata SET str_value = '{NAME}' WHERE key = 'embedding'; UPDATE collections SET dimension = 3"
    hostile.edit(where / "chroma.sqlite3", lambda base: base.executescript(changes))
    scenario = f"scenario={made / 'talk' / 'scenario.yaml'}"
    assert run([scenario, DRY, "n=1", f"out={tmp_path / 'run'}", f"memory.path={where}"]) == 2
    (where / "owner.lock").unlink(missing_ok=True)
    (tmp_path / "precious.txt").write_text("years of work")
    (where / "owner.lock").symlink_to(tmp_path / "precious.txt")
    code, _, err = say(f"memory.path={where}")
    assert (code, err.count("\n")) == (2, 1)
    assert (tmp_path / "precious.txt").read_text() == "years of work"
