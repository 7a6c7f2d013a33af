"""Scenarios small enough to reason about, and the command as a function."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from agents.models.calls import Answer, Asker, Backend, Call, Model, Reservation, Transport
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from agents.models.scripted import Scripted
from graphs.run import main
from memory.journal.journal import Journal
from scenarios.loading import Loaded, for_base_models, load
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from tests.ready import Process, Ready

REPO = Path(__file__).parents[1]
PLANNED = str(REPO / "scenarios" / "shipped" / "support" / "planned" / "scenario.yaml")
"""The planned scenario of support, which base models follow."""


def planned(scenario: str) -> list[str]:
    """The words that name a shipped scenario, in its form for base models if it has one, whose samples are planned."""
    return [f"scenario={scenario}", *(["base_models=true"] if load(scenario).scenario.base_models else [])]


def planned_form(scenario: str) -> Loaded:
    """A shipped scenario, in its form for base models if it has one."""
    usual = load(scenario)
    return for_base_models(usual) if usual.scenario.base_models else usual


TALK: dict[str, Any] = {
    "name": "talk",
    "description": "Short talks at a counter.",
    "family": "dialogue",
    "topology": "full",
    "axes": {"topic": ["a map", "a bell", "a coat"], "mood": ["calm", "glad"]},
    "facts": {"code": {"pattern": "@@-####"}, "day": {"choice": ["Monday", "Tuesday", "Friday"]}},
    "brief": {"goal": "to fetch {{ topic.name }} on {{ facts.day }}"},
    "turns": [
        {"speaker": "guest", "act": "opens: {{ topic.name }}", "must": ["{{ topic.name.split()[1] }}"]},
        {"speaker": "clerk", "act": "asks for the code"},
        {"speaker": "guest", "act": "gives the code", "must": ["{{ facts.code }}"]},
        {"speaker": "clerk", "act": "says goodbye"},
    ],
    "roles": {
        "guest": {"speaks_as": "user", "label": "Guest", "sees": ["goal", "facts", "mood"], "prompt": "guest.jinja"},
        "clerk": {"speaks_as": "assistant", "label": "Clerk", "sees": ["mood"], "prompt": "clerk.jinja"},
        "critic": {"sees": ["goal"], "prompt": "reader.jinja", "answer": "json"},
        "verifier": {"sees": ["goal", "facts"], "prompt": "reader.jinja", "answer": "json"},
        "judge": {"sees": ["goal"], "prompt": "reader.jinja", "answer": "json"},
    },
    "checks": [
        {"name": name}
        for name in ("turn_order", "complete", "must_say", "facts_consistent", "no_repetition", "verifier")
    ],
    "questions": {"settled": "Does the guest get it?"},
    "rubric": {"clear": "Is it clear?", "kind": "Is it kind?"},
    "settings": {"n": 3, "round_size": 2, "lookahead": 1, "memory": {"min_distance": 0.02}},
}
_LINES = "{% for line in lines %}{{ line.label }}: {{ line.text }}\n{% endfor %}"
_NEXT = (
    "NOTE: {{ note }}\nACT: {{ turn.act }}\n"
    "MUST: {% for group in turn.must %}{{ group[0] }}{% if not loop.last %}; {% endif %}{% endfor %}\n"
)
PROMPTS = {
    "guest.jinja": "=== system ===\nYou are the guest, {{ mood.name }}. Goal: {{ goal }}. Code {{ facts.code }}.\n"
    f"=== user ===\n{_LINES}{_NEXT}",
    "clerk.jinja": f"=== system ===\nYou are the clerk, {{{{ mood.name }}}}.\n=== user ===\n{_LINES}{_NEXT}",
    "reader.jinja": f"Goal: {{{{ goal }}}}. Criteria: {{{{ rubric | join(', ') }}}}\n{_LINES}",
    "text.jinja": "Write about {{ topic.name }}.\nNOTE: {{ note }}\n",
    "look.jinja": "About {{ topic.name }}: {{ fields.get('text', '') }}\n",
}
NOTES: dict[str, Any] = {
    "name": "notes",
    "description": "Short notes.",
    "family": "fields",
    "topology": "full",
    "axes": {"topic": ["a map", "a bell", "a coat", "a door", "a tree"]},
    "fields": [{"name": "text", "prompt": "text.jinja", "min_words": 1, "max_words": 1000}],
    "roles": {
        "generator": {"sees": ["topic"], "prompt": "text.jinja"},
        "critic": {"sees": ["topic"], "prompt": "look.jinja", "answer": "json"},
        "refiner": {"sees": ["topic"], "prompt": "text.jinja"},
        "judge": {"sees": ["topic"], "prompt": "look.jinja", "answer": "json"},
    },
    "checks": [{"name": "non_empty"}],
    "rubric": {"clear": "Is it clear?", "kind": "Is it kind?"},
    "settings": {"n": 4, "round_size": 2, "lookahead": 1, "memory": {"min_distance": 0.0}},
}


def _both_styles(value: Any) -> Any:
    """A prompt given as one file stands for both styles."""
    if isinstance(value, dict):
        return {
            key: {"chat": inner, "transcript": inner}
            if key == "prompt" and isinstance(inner, str)
            else _both_styles(inner)
            for key, inner in value.items()
        }
    return [_both_styles(inner) for inner in value] if isinstance(value, list) else value


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` merged into it; None takes a key away."""
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = changed(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def write_scenario(folder: Path, base: Mapping[str, Any] = TALK, /, **changes: Any) -> Path:
    """Write a scenario with its prompts; returns the path of scenario.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in PROMPTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(_both_styles(changed(base, changes)), sort_keys=False), encoding="utf-8")
    return path


def loaded(folder: Path, base: Mapping[str, Any] = TALK, /, **changes: Any) -> Loaded:
    """Write a scenario and load it."""
    return load(str(write_scenario(folder, base, **changes)))


@dataclass(frozen=True)
class Ran:
    """One finished command."""

    code: int
    stdout: str
    stderr: str
    out: Path

    def lines(self, name: str = "dataset.jsonl") -> list[dict[str, Any]]:
        """The rows of a JSONL file of the run directory."""
        return [orjson.loads(line) for line in (self.out / name).read_bytes().splitlines()]

    def summary(self) -> dict[str, Any]:
        """summary.json."""
        found: dict[str, Any] = orjson.loads((self.out / "summary.json").read_bytes())
        return found

    def dataset(self) -> bytes:
        """dataset.jsonl as bytes."""
        return (self.out / "dataset.jsonl").read_bytes()


Said = Callable[..., tuple[int, str, str]]
"""A command's exit code, and what it printed and complained of."""


def said_by(command: Callable[[list[str]], int], capfd: pytest.CaptureFixture[str]) -> Said:
    """Runs a command in this process on its words."""

    def say(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = command([str(word) for word in words])
        said = capfd.readouterr()
        return code, said.out, said.err

    return say


class Workshop:
    """Runs the command, in this process or in one of its own, always under `home`."""

    def __init__(self, home: Path, capfd: pytest.CaptureFixture[str], ready: Ready) -> None:
        self.home = home
        self._capfd, self._ready = capfd, ready

    def words(self, name: str, words: Sequence[str]) -> list[str]:
        """The command line for run `name`: its own out and memory where `words` give none. Of a key that is there twice the
        last word counts, so that a test can change words that it shares."""
        words = list({word.partition("=")[0]: word for word in words}.values())
        given = {word.split("=")[0] for word in words}
        own = {"out": self.home / name}
        if "scenario" not in given and not own["out"].exists() and "out" not in given:
            words = [*words, "scenario=support", *([] if "base_models" in given else ["base_models=true"])]
        if "memory.url" not in given:
            own["memory.path"] = self.home / f"{name}-memory"
        return [*words, *(f"{key}={value}" for key, value in own.items() if key not in given)]

    def run(self, name: str, *words: str) -> Ran:
        """Run the command to its end in this process."""
        self._capfd.readouterr()
        code = main(self.words(name, words))
        said = self._capfd.readouterr()
        return Ran(code, said.out, said.err, self.home / name)

    def start(
        self,
        name: str,
        *words: str,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "graphs.run"),
    ) -> Process:
        """Start the command, or another `program` for its words, as a process of its own, with everything imported."""
        if sys.platform != "linux":
            return self.start_fresh(name, *words, env=env, program=program)
        return self._ready.start([*program, *self.words(name, words)], self._env(env))

    def start_fresh(
        self,
        name: str,
        *words: str,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "graphs.run"),
    ) -> subprocess.Popen[str]:
        """As `start`, as a process that imports everything itself."""
        return subprocess.Popen(
            [sys.executable, *program, *self.words(name, words)],
            cwd=REPO, env=self._env(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _env(self, env: Mapping[str, str] | None) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": f"{REPO / 'tests' / 'child'}", **(env or {})}

    def finish(self, name: str, process: Process) -> Ran:
        """Wait for a started command."""
        try:
            stdout, stderr = process.communicate(timeout=150)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert process.returncode is not None
        return Ran(process.returncode, stdout, stderr, self.home / name)

    def folder(self, *but: str) -> dict[str, bytes]:
        """Every file under `home` with its bytes."""
        return {
            str(path.relative_to(self.home)): path.read_bytes()
            for path in sorted(self.home.rglob("*"))
            if path.is_file() and path.name not in but
        }


def at(url: str, *words: str) -> list[str]:
    """The settings that reach a fake endpoint."""
    return [f"llm.base_url={url}", "llm.model=fake", *words]


def begun_ids(out: Path) -> list[str]:
    """The ids of every brief that the journal has begun."""
    journal = Journal(out / "run.sqlite")
    try:
        return [brief.id for brief in journal.begun()]
    finally:
        journal.close()


def recorded_ids(ran: Ran) -> list[str]:
    """The ids in dataset.jsonl and rejected.jsonl."""
    return [line["id"] for name in ("dataset.jsonl", "rejected.jsonl") for line in ran.lines(name)]


# -- below the command -----------------------------------------------------------------------------------------


class KeptInMemory:
    """A call store without a file."""

    def __init__(self) -> None:
        self.answers: dict[bytes, Answer] = {}
        self.open: dict[bytes, tuple[int, Reservation]] = {}

    async def answered(self, key: bytes) -> Answer | None:
        """The stored answer."""
        return self.answers.get(key)

    async def keep(self, key: bytes, call: Call, answer: Answer, ticket: bytes) -> None:
        """Store an answer."""
        self.answers[key] = answer
        self.open.pop(ticket, None)

    async def asked(self, ticket: bytes, key: bytes, requests: int, cost: Reservation) -> None:
        """Note what was sent."""
        self.open[ticket] = requests, cost


SCRIPTED = Model(backend=Backend.SCRIPTED, name="scripted", style=Style.CHAT)


def gateway_over(
    transport: Transport, *, budget: Budget | None = None, ceiling: int = 8, retries: int = 5, model: Model = SCRIPTED
) -> Gateway:
    """A gateway with one transport and a store in memory."""
    return Gateway(
        {model.where: transport},
        KeptInMemory(),
        Ledger(budget or Budget()),
        AdaptiveLimit(ceiling),
        retries,
    )


def scripted_gateway(script: Callable[[Call], str | Answer | None] | None = None) -> tuple[Gateway, Scripted]:
    """A gateway over a scripted model."""
    transport = Scripted(script)
    return gateway_over(transport), transport


def a_call(text: str = "Say something.", **changes: Any) -> Call:
    """A call."""
    base = Call(
        role="judge",
        asker=Asker(sample="s", step="judge"),
        model=SCRIPTED,
        messages=(Message(role=Speech.USER, content=text),),
        decoding=Decoding(max_tokens=20),
        seed=1,
    )
    return base.model_copy(update=changes)


def a_tool(name: str) -> dict[str, Any]:
    """A tool in OpenAI's form."""
    shape = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    return {"type": "function", "function": {"name": name, "description": f"To {name}.", "parameters": shape}}


def models(scenario: Loaded, model: Model = SCRIPTED) -> dict[str, Model]:
    """The same model for every role."""
    return dict.fromkeys(scenario.scenario.roles, model)


def a_candidate(brief: Brief, *lines: str) -> Candidate:
    """A candidate of a dialogue whose lines alternate."""
    roles = (Speech.USER, Speech.ASSISTANT)
    return Candidate(
        brief=brief, messages=tuple(Message(role=roles[i % 2], content=line) for i, line in enumerate(lines))
    )
