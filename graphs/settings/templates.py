"""Checks a scenario's templates before anything runs: each is rendered for the first brief, as it is going to be, with what its
role sees."""

from __future__ import annotations

from typing import Any

from agents.checks.extract.schemas import check_schemas
from agents.ideation import Question, asked_values
from agents.parts import framed, judging_view, moderator_view, speaker_view, system_text, writer_view
from agents.views import prompt_messages, sample_view, turn_view, view, world_view
from graphs.settings.sayable import check_sayable
from scenarios.briefs import must_groups, plan_brief, questions_about
from scenarios.errors import ScenarioError, nearest
from scenarios.loading import CUE, Loaded
from scenarios.material.tools.spec import TOOLS_ROLE
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene, Part, PrivateFact
from scenarios.schema.conversation import MODERATOR, WRITER
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.languages import LANGUAGE
from scenarios.schema.plans import PARENT, ItemKind, Role
from scenarios.schema.scenario import Family
from scenarios.schema.styles import Style
from scenarios.templates import check_names, render


def check_templates(loaded: Loaded) -> None:
    """Raise ScenarioError if a template is broken, undefined or reaches for Python attributes, or if a role
    is missing or sees what the brief does not have."""
    scenario = loaded.scenario
    check_schemas(loaded)
    _check_brief_names(loaded)
    brief = plan_brief(loaded, 0, 0, 0, 0)
    seen = {*scenario.axes, *scenario.brief, "facts", LANGUAGE, *(["policy"] if scenario.world else [])}
    seen |= {*scenario.speakers, "policy", "passages", "tools"} if scenario.conversation else set()
    seen |= {PARENT} if scenario.evolve else set()
    for name, role in scenario.roles.items():
        for what in role.sees:
            if what not in seen:
                raise ScenarioError(
                    f"roles.{name}.sees: '{what}' is neither an axis nor a text of the brief{nearest(what, seen)}"
                )
    messages = tuple(Message(role=Speech.USER, content="A line.") for _ in brief.turns)
    whole = Candidate(brief=brief, messages=messages, fields={plan.name: "A text." for plan in scenario.fields})
    _check_ideator(loaded)
    if scenario.conversation:
        _check_conversation(loaded, brief)
        check_sayable(loaded)
        return
    for name, role in scenario.roles.items():
        if name == IDEATOR:
            continue
        for style in Style:
            _try(loaded, role, style, _values(loaded, role, whole))
    for plan in scenario.fields:
        if "generator" not in scenario.roles:
            raise ScenarioError(f"{scenario.name}: a scenario with 'fields' needs a role 'generator'")
        shown = scenario.roles[plan.by].model_copy(update={"prompt": plan.prompt})
        values = sample_view(loaded, shown, whole)
        must_groups(plan.must, brief.values(), f"fields.{plan.name}.must")
        render(plan.scripted, brief.values(), f"fields.{plan.name}.scripted")
        for style in Style:
            _try(loaded, shown, style, values)
    check_sayable(loaded)


def _try(loaded: Loaded, role: Role, style: Style, values: dict[str, Any]) -> None:
    """Render a prompt for a first draw, and as a later one is asked: after a fault, with lines and what is to be avoided."""
    if not role.prompt.of(style):
        return
    loaded.prompt(role.prompt, style).check(set(values))
    prompt_messages(loaded, role, style, values)
    later: dict[str, Any] = {
        "note": "It had a fault.",
        "found": ["It had a fault."],
        "avoid": ["something else"],
        "missed": ["a text"],
    }
    if loaded.scenario.family is Family.DIALOGUE and role.speaks_as:
        later["lines"] = [dict.fromkeys(("speaker", "label", "text", "act"), "a text")]
    prompt_messages(loaded, role, style, {**values, **{key: later[key] for key in later if key in values}})


def _check_ideator(loaded: Loaded) -> None:
    """Check the prompts by which values of axes are asked for."""
    for axis, plan in loaded.scenario.ideated.items():
        parent = loaded.scenario.axes[plan.each].names[0] if plan.each else ""
        values = asked_values(loaded, Question(axis, parent, plan.count, tuple(plan.given()), 0))
        files = plan.prompt or loaded.scenario.roles[IDEATOR].prompt
        for style in (style for style in Style if files.of(style)):
            prompt = loaded.prompt(files, style)
            prompt.check(set(values))
            prompt.messages(values)


def _values(loaded: Loaded, role: Role, whole: Candidate) -> dict[str, Any]:
    brief = whole.brief
    if loaded.scenario.family is Family.WORLD and role.speaks_as:
        return world_view(loaded, role, brief)
    if loaded.scenario.family is Family.DIALOGUE and role.speaks_as:
        turn = next((turn for turn in brief.turns if loaded.scenario.roles[turn.speaker] == role), brief.turns[0])
        return {**turn_view(loaded, brief, turn, (), "", judged=False), **view(loaded, role, brief)}
    return sample_view(loaded, role, whole)


def _check_brief_names(loaded: Loaded) -> None:
    """Check the templates of the brief and of every turn, also of those that the first brief leaves out."""
    scenario = loaded.scenario
    known = {
        *scenario.axes,
        "facts",
        LANGUAGE,
        *(["blueprint"] if scenario.world else []),
        *([PARENT] if scenario.evolve else []),
    }
    for name, fact in scenario.facts.items():
        check_names(fact.text, known, f"{scenario.name}: facts.{name}")
    for name, source in scenario.brief.items():
        check_names(source, known, f"{scenario.name}: brief.{name}")
        known.add(name)
    for place, plan in enumerate(scenario.turns):
        sources = [
            plan.act,
            *(p for must in (*plan.must, *plan.cues) for p in ((must,) if isinstance(must, str) else must)),
        ]
        for source in sources:
            check_names(source, known, f"{scenario.name}: turns.{place}")


def _check_conversation(loaded: Loaded, brief: Brief) -> None:
    """Raise ScenarioError if a prompt is broken or uses what it does not get."""
    fact = PrivateFact(what="number", value="12345")
    scene = ConversationScene(
        situation="A scene.",
        outcome="An end.",
        parts={name: Part(goal="A goal.", facts=(fact,)) for name in loaded.scenario.speakers},
    )
    said = tuple(
        Message(role=role.speaks_as, content="A line.", name=name)
        for name, role in loaded.scenario.speakers.items()
        if role.speaks_as
    )
    whole = Candidate(brief=brief, scene=scene, messages=said)
    for name, role in loaded.scenario.roles.items():
        if name in loaded.scenario.speakers:
            values = speaker_view(loaded, brief, scene, name)
        elif name == WRITER:
            values = writer_view(loaded, brief)
        elif name == MODERATOR:
            values = {
                **moderator_view(loaded, brief, scene, said),
                "allowed": list(loaded.scenario.speakers),
                "may_end": True,
            }
        elif name in (IDEATOR, TOOLS_ROLE):
            continue
        else:
            values = sample_view(loaded, role, whole)
        prompt = loaded.prompt(role.prompt, Style.CHAT)
        prompt.check(set(values))
        prompt.messages(values)
    _check_questions(loaded, brief)
    judging_view(loaded, whole)
    system_text(loaded, brief, scene)
    framed(loaded, CUE, {"first": True, "again": False, "left": 1, "outcome": "An end."})


def _check_questions(loaded: Loaded, brief: Brief) -> None:
    """Render the questions for every value of an axis: one that lacks what a question names is found before a run meets it."""
    for axis, plan in loaded.scenario.axes.items():
        for value in plan.values:
            given = brief.model_copy(update={"attributes": {**brief.attributes, axis: value.attributes()}})
            for kind in ItemKind:
                questions_about(loaded, given, kind)
