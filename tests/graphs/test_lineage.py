"""The command graphs.lineage: what was made of what, from the journal or the files, and nothing that could fool a reader."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.lineage import main
from graphs.observe.drawing import DRAWN, DrawingFormat
from graphs.observe.family import Evolution, FamilyMember, family_of, member_of, related
from graphs.run import main as run
from scenarios.cleaning import clean
from scenarios.errors import DatasetError
from scenarios.records import Parent
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import NOTES, REPO, Said, Workshop, at, said_by, write_scenario


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(name="evolved", scope="module")
def _evolved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two seeds."""
    home = tmp_path_factory.mktemp("evolved")
    words = ["scenario=evolve", "llm.backend=scripted", "n=24", "quota.seed.soap=12", "quota.seed.tides=12", "seed=2"]
    assert (
        run([*words, "round_size=6", "memory.min_distance=0.08", f"out={home / 'r'}", f"memory.path={home / 'm'}"]) == 0
    )
    return home / "r"


def lines_of(out: Path) -> list[dict[str, Any]]:
    return [
        orjson.loads(raw)
        for name in ("dataset", "rejected")
        for raw in (out / f"{name}.jsonl").read_bytes().splitlines()
    ]


def test_every_sample_stands_under_its_parent(evolved: Path, said: Said) -> None:
    code, out, err = said(f"out={evolved}")
    assert (code, err) == (0, "")
    rows = [row for row in out.splitlines() if "“" in row]
    depth_of, above = {}, list[str]()
    for row in rows:
        depth = (len(row) - len(row.lstrip())) // 2
        id_ = next(word for word in row.split() if word.startswith(("seed:", "evolve-")))
        above = [*above[:depth], id_]
        depth_of[id_] = above
    samples = lines_of(evolved)
    assert set(depth_of) == {line["id"] for line in samples} | {"seed:soap", "seed:tides"}
    assert len(rows) == len(depth_of), "each once"
    for line in samples:
        assert depth_of[line["id"]][-2] == line["lineage"][-1], "under the parent, or the refused one it tries again"
        row = next(row for row in rows if line["id"] in row.split("“")[0].split("(")[0])
        assert line.get("verdict", "accepted") in row
        assert line.get("detail", "") in row
        assert row.lstrip().startswith("again" if len(line["lineage"]) > 1 else line["brief"]["cell"]["operation"])
    figures = orjson.loads((evolved / "summary.json").read_bytes())["evolution"]
    assert f"accepted by depth: 1: {figures['depth']['1']}, 2: {figures['depth']['2']}" in out
    deepened = figures["operations"]["deepen"]
    assert f"deepen {deepened['accepted']} of {deepened['made']}" in out
    assert f"dropped: novelty {figures['dropped']['novelty']:.1%}" in out


def test_the_files_show_what_the_journal_shows(evolved: Path, said: Said, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in evolved.iterdir()}
    from_journal = said(f"out={evolved}")
    assert {path: path.read_bytes() for path in evolved.iterdir()} == before, "nothing is written"
    for name in ("dataset.jsonl", "rejected.jsonl"):
        (tmp_path / name).write_bytes((evolved / name).read_bytes())
    from_files = said(f"out={tmp_path}")
    assert sorted(from_files[1].splitlines()) == sorted(from_journal[1].splitlines())
    (tmp_path / "dataset.jsonl").write_bytes(b'{"id": 7}\n')
    code, _, err = said(f"out={tmp_path}")
    assert code == 2
    assert f"{tmp_path}/dataset.jsonl:1: is not a record" in err


def test_one_sample_with_its_ancestors_and_descendants(evolved: Path, said: Said) -> None:
    deep = next(line for line in lines_of(evolved) if line["brief"]["parent"]["depth"])
    parent = deep["lineage"][0]
    code, out, _ = said(f"out={evolved}", f"id={parent}")
    seed = f"seed:{deep['brief']['cell']['seed']}"
    rows = [row.strip() for row in out.splitlines() if "“" in row]
    assert (code, rows[0].split()[0]) == (0, seed)
    assert parent in rows[1]
    assert any(deep["id"] in row for row in rows[2:])
    assert len(rows) < len(lines_of(evolved)) / 2
    assert said(f"out={evolved}", f"id={parent[:-3]}")[1] == out
    code, _, err = said(f"out={evolved}", "id=evolve-nothing")
    assert (code, "no such sample" in err) == (2, True)


def test_without_what_was_refused(evolved: Path, said: Said) -> None:
    _, out, _ = said(f"out={evolved}", "rejected=no")
    accepted = {line["id"] for line in lines_of(evolved) if "verdict" not in line}
    assert {word for word in out.split() if word.startswith("evolve-")} == accepted
    assert "rejected" not in out


def close_at_first(asked: Asked) -> str:
    """Every third text is the same."""
    return scripted(asked) if asked.seed % 3 else "The old tale of the sea and of the ships that went down in it. " * 3


def test_second_attempts_of_any_scenario_show(workshop: Workshop, serve: Callable[..., Endpoint], said: Said) -> None:
    path = write_scenario(workshop.home / "s", NOTES, axes={"mood": ["calm", "glad"]})
    words = [f"scenario={path}", *at(serve(close_at_first).url), "topology=generate_only", "memory.min_distance=0.2"]
    ran = workshop.run("r", *words, "n=12", "round_size=3", "seed=5")
    again = {line["id"]: line["lineage"] for line in lines_of(ran.out) if line["lineage"]}
    assert again
    code, out, _ = said(f"out={ran.out}")
    rows = out.splitlines()
    for id_, (before,) in again.items():
        place = next(place for place, row in enumerate(rows) if row.startswith(f"  again  {id_}  "))
        assert rows[place - 1].startswith(f"{before}  rejected (novelty: ")
    assert (code, rows[-1]) == (
        0, f"{len(lines_of(ran.out)) - 2 * len(again)} samples have neither a parent nor a child",
    )  # fmt: skip


def test_forms_for_other_tools_hold_the_same_edges(evolved: Path, said: Said) -> None:
    edges = sum(len(line["lineage"]) for line in lines_of(evolved))
    assert said(f"out={evolved}", "format=mermaid")[1].count(" -->|") == edges
    assert said(f"out={evolved}", "format=dot")[1].count(" -> ") == edges
    xml = said(f"out={evolved}", "format=graphml")[1]
    assert nx.parse_graphml(xml).number_of_edges() == edges


ANY = st.text(max_size=60)


@given(ANY, ANY, ANY, ANY)
def test_no_text_steers_the_terminal_or_breaks_out_of_its_quotes(id_: str, text: str, why: str, operation: str) -> None:
    parent = Parent(id="seed:a", depth=0, text=text)
    graph = family_of(
        [FamilyMember(id=f"x{id_}", text=text, why=why, verdict="rejected", parent=parent, operation=operation)]
    )
    for form, draw in DRAWN.items():
        drawn = list(draw(graph))
        said = "\n".join(drawn)
        assert clean(said) == said
        if form is DrawingFormat.GRAPHML:
            assert len(ElementTree.fromstring(said).findall(".//{*}node")) == 2
        elif form is DrawingFormat.TREE:
            assert len(drawn) == 2
        elif form is DrawingFormat.MERMAID:
            assert len(drawn) == 4
            assert all(row.count('"') == 2 and "<" not in row.replace("-->", "") for row in drawn[1:])
        else:
            assert len(drawn) == 6
            inner = [row.replace("\\\\", "").replace('\\"', "") for row in drawn[2:5]]
            assert all(row.count('"') == 2 for row in inner)


def test_a_lineage_that_was_tampered_with_is_refused_or_shown_as_it_is() -> None:
    def line(id_: str, *lineage: str) -> FamilyMember:
        return member_of({"id": id_, "lineage": lineage, "fields": {"t": "Text."}})

    with pytest.raises(DatasetError, match="goes in a circle"):
        family_of([line("a", "b"), line("b", "a")])
    with pytest.raises(DatasetError, match="goes in a circle"):
        family_of([line("a", "a")])
    graph = family_of([line("a", "gone"), line("b", "a")])
    assert next(iter(DRAWN[DrawingFormat.TREE](graph))) == "gone  not in the dataset"
    assert set(related(graph, "a")) == {"gone", "a", "b"}
    long = family_of([line("s0"), *(line(f"s{n}", f"s{n - 1}") for n in range(1, 5000))])
    assert sum(1 for _ in DRAWN[DrawingFormat.TREE](long)) == 5000
    assert Evolution().figures() == {}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "out: is missing"),
        (["out=nowhere"], "holds no run"),
        ([f"out={'x' * 5000}"], "holds no run"),
        (["out=a", "form=dot"], "unknown key (did you mean 'format'?)"),
        (["out=a", "format=svg"], "not one of tree, mermaid, dot, graphml"),
        (["out=a", "rejected=maybe"], "not one of yes, no"),
        (["a"], "not a setting"),
    ],
)
def test_a_mistake_is_one_line(said: Said, words: list[str], why: str) -> None:
    code, out, err = said(*words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert why in err


def test_help_and_a_reader_that_has_read_enough(said: Said, evolved: Path) -> None:
    code, out, _ = said("--help")
    assert code == 0
    assert out.startswith("usage: python -m graphs.lineage out=DIR")
    shell = f"{sys.executable} -m graphs.lineage out={evolved} | head -n 1"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", shell], cwd=REPO, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr, len(ran.stdout.splitlines())) == (0, "", 1)
