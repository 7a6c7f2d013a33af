"""Settings that change a role: what it attends to, its prompt, what it sees."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agents.models import scripted
from agents.models.calls import Call
from tests.conversations import write_conversation
from tests.helpers import NOTES, Workshop, write_scenario


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """The calls that the scripted model gets."""
    usual, calls = scripted.scripted_text, list[Call]()

    def text(call: Call) -> str:
        calls.append(call)
        return usual(call)

    monkeypatch.setattr(scripted, "scripted_text", text)
    return calls


def said_to(calls: list[Call], role: str) -> list[str]:
    """The first message and the last of every call of a role, as one text."""
    return [f"{call.messages[0].content}\n{call.messages[-1].content}" for call in calls if call.role == role]


def test_each_of_the_three_reaches_the_model(workshop: Workshop, asked: list[Call]) -> None:
    path, prompt = write_conversation(workshop.home / "s"), workshop.home / "mine.jinja"
    prompt.write_text("=== system ===\n{{ case }}\n=== user ===\nMy own question. JSON.")
    words = (f"scenario={path}", "llm.backend=scripted", "n=1")
    changes = (f"roles.judge.prompt={prompt}", "roles.customer.focus=Set a trap.", "roles.agent.sees=[]")
    ran = workshop.run("r", *words, *changes)
    assert ran.code == 0, ran.stderr
    assert all("My own question." in text for text in said_to(asked, "judge"))
    assert all("Set a trap." in text for text in said_to(asked, "customer"))
    assert all("30 days" not in text for text in said_to(asked, "agent"))
    assert all("Set a trap" not in text for text in said_to(asked, "critic"))


def test_a_run_keeps_the_prompt_and_is_held_to_each_change(workshop: Workshop, asked: list[Call]) -> None:
    path, prompt = write_conversation(workshop.home / "s"), workshop.home / "mine.jinja"
    prompt.write_text("{{ case }} One line.")
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1", f"roles.judge.prompt={prompt}")
    prompt.unlink()
    asked.clear()
    assert workshop.run("r", "n=2").code == 0
    assert all("One line." in text for text in said_to(asked, "judge"))
    assert len(ran.lines()) == 2
    prompt.write_text("{{ case }} Another.")
    for change in (f"roles.judge.prompt={prompt}", "roles.critic.focus=x", "roles.agent.sees=[policy]"):
        again = workshop.run("r", "n=2", change)
        key = change.partition("=")[0]
        assert (again.code, f"with {key}=" in again.stderr, again.stderr.count("\n")) == (2, True, 1), again.stderr


def test_nobody_but_the_user_names_a_file(workshop: Workshop) -> None:
    prompt = workshop.home / "mine.jinja"
    prompt.write_text("{{ nothing }}")
    settings = {"roles": {"judge": {"prompt": str(prompt)}}}
    path = write_conversation(workshop.home / "s", settings=settings)
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted")
    assert (ran.code, ran.stderr.count("\n")) == (2, 1)
    assert "roles.judge.prompt: the scenario says" in ran.stderr
    path = write_conversation(workshop.home / "s")
    workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1")
    told = yaml.safe_load((workshop.home / "r" / "run.yaml").read_text())
    (workshop.home / "r" / "run.yaml").write_text(yaml.safe_dump({**told, **settings}))
    ran = workshop.run("r", "n=2")
    assert (ran.code, "roles.judge.prompt: " in ran.stderr) == (2, True)
    assert "may not choose where" in ran.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("roles.critc.focus=x", "roles.critc: the scenario has no such role (did you mean 'critic'?)"),
        ("roles.critic.sees=[topik]", "roles.critic.sees: 'topik' is neither an axis nor a text of the brief (did you mean 'topic'?)"),
        ("roles.critic.foc=x", "roles.critic.foc: unknown key (did you mean 'roles.ROLE.focus'?)"),
        ("roles.critic.prompt=nowhere.jinja", "roles.critic.prompt=nowhere.jinja: cannot be read"),
        ("roles.critic.prompt={bad}", "roles.critic.prompt: line 1: 'nope' is undefined"),
        ("roles.critic.prompt={evil}", "roles.critic.prompt: line 1: the template reaches for Python attributes"),
        ("roles.critic.prompt={empty}", "is empty"),
        ("roles.generator.prompt={bad}", "roles.generator.prompt: it writes text, more, each by a prompt of its own"),
        (f"roles.critic.focus={'x' * 5000}", "roles.critic.focus=xxx"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(workshop: Workshop, change: str, says: str) -> None:
    fields = [NOTES["fields"][0], {**NOTES["fields"][0], "name": "more"}]
    path = write_scenario(workshop.home / "s", NOTES, fields=fields)
    files = {"bad": "{{ nope }}", "evil": "{{ fields.__class__.__mro__ }}", "empty": " \n"}
    for name, text in files.items():
        (workshop.home / name).write_text(text)
        change = change.replace(f"{{{name}}}", str(workshop.home / name))
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", change)
    assert (ran.code, ran.stderr.count("\n")) == (2, 1), ran.stderr
    assert says in ran.stderr
    assert not (workshop.home / "r").exists()


def test_the_only_field_of_a_writer_takes_its_prompt(workshop: Workshop, asked: list[Call]) -> None:
    path, prompt = write_scenario(workshop.home / "s", NOTES), workshop.home / "mine.jinja"
    prompt.write_text("Mine, about {{ topic.name }}.")
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1", f"roles.generator.prompt={prompt}")
    assert ran.code == 0, ran.stderr
    assert all("Mine, about" in text for text in said_to(asked, "generator"))


def test_what_stands_in_for_a_tool_takes_none(workshop: Workshop) -> None:
    path: Path = write_conversation(
        workshop.home / "s",
        tools=[{"name": "find", "description": "Finds.", "writes": False, "parameters": {"type": "object", "properties": {}}}],
    )  # fmt: skip
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "roles.tools.focus=x")
    assert (ran.code, "roles.tools: stands in for a tool" in ran.stderr) == (2, True), ran.stderr
