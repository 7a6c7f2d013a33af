"""Who makes a sample, and how a role that reads or rewrites a whole one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.models.calls import Call, Model, ModelAccess, asker_of
from agents.views import prompt_messages, sample_view
from scenarios.briefs import must_groups
from scenarios.loading import Loaded
from scenarios.records import Candidate
from scenarios.schema.plans import Decoding, FieldPlan, Role
from scenarios.schema.styles import PerStyle
from scenarios.seeds import seed_of
from scenarios.templates import render


@dataclass(frozen=True)
class Cast:
    """Who makes a sample: the scenario, the way to models, and the model of each role."""

    loaded: Loaded
    gateway: ModelAccess
    models: Mapping[str, Model]


def call_of(
    cast: Cast,
    name: str,
    prompt: PerStyle,
    candidate: Candidate,
    step: str,
    values: Mapping[str, Any] | None = None,
    plan: FieldPlan | None = None,
    attempt: int = 0,
) -> Call:
    """The question to the role `name` about a candidate, by `prompt`: of a field that it writes if a plan is given. `values`
    go over what the role sees anyway."""
    role: Role = cast.loaded.scenario.roles[name]
    model = cast.models[name]
    decoding = (plan.decoding if plan else {}).get(model.style) or role.decoding.get(model.style, Decoding())
    shown = role.model_copy(update={"prompt": prompt})
    says = expected(cast.loaded, candidate, plan)
    return Call(
        role=name,
        asker=asker_of(candidate.brief, step, attempt),
        model=model,
        messages=prompt_messages(
            cast.loaded, shown, model.style, sample_view(cast.loaded, shown, candidate, **(values or {}))
        ),
        decoding=decoding.warmed(attempt),
        seed=seed_of(candidate.brief.seed, step, attempt),
        expects=says,
        verbatim="\n".join(says) if plan is not None and (plan.scripted or plan.steps) else "",
    )


def expected(loaded: Loaded, candidate: Candidate, plan: FieldPlan | None) -> tuple[str, ...]:
    """What the scripted model has to say in a field; nothing where there is none."""
    if plan is None:
        return ()
    if plan.scripted:
        return (render(plan.scripted, candidate.brief.values(), plan.name),)
    said = tuple(group[0] for group in must_groups(plan.must, candidate.brief.values(), plan.name))
    if plan.steps is None:
        return said
    ways = ("Take", "Put", "Then use", "Now check", "Clean", "Finish with", "Dry")
    others = ("a soft cloth", "your left hand", "the small lid", "warm water", "every corner", "a dry rag", "the rest")
    count = min(max(plan.steps[0], len(said)), plan.steps[1])
    things = [" and ".join(said[place::count]) or others[place % len(others)] for place in range(count)]
    return tuple(f"{place + 1}. {ways[place % len(ways)]} {thing} slowly." for place, thing in enumerate(things))
