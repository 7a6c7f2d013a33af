"""Who makes a sample, and how a role that reads or rewrites a whole one is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.focus import advised, behind, focused
from agents.models.calls import Call, Model, ModelAccess, asker_of
from agents.models.scripted import expected, filling
from agents.redraw import asked_again
from agents.tools.toolbox import Toolbox
from agents.views import in_language, sample_view
from scenarios.loading import Loaded
from scenarios.records import Candidate
from scenarios.schema.plans import Decoding, FieldKind, FieldPlan, Role
from scenarios.schema.styles import PerStyle
from scenarios.seeds import seed_of


@dataclass(frozen=True)
class Cast:
    """Who makes a sample: the scenario, the way to models, and the model of each role."""

    loaded: Loaded
    gateway: ModelAccess
    models: Mapping[str, Model]
    toolbox: Toolbox | None = None
    """What the assistant of a conversation may call."""
    judged: bool = False
    """A verifier whose judgement counts reads every sample, so that checks that guess meaning stand aside."""


def call_of(
    cast: Cast,
    name: str,
    prompt: PerStyle,
    candidate: Candidate,
    step: str,
    values: Mapping[str, Any] | None = None,
    plan: FieldPlan | None = None,
    attempt: int = 0,
    refused: str = "",
    reasons: Sequence[str] = (),
    behind_it: str = "",
) -> Call:
    """The question to the role `name` about a candidate, by `prompt`: of a field that it writes if a plan is given. `values`
    go over what the role sees anyway; `behind_it` takes the place of the role's focus behind the prompt. A chat model is shown what was `refused` of it before, and the `reasons`."""
    role: Role = cast.loaded.scenario.roles[name]
    model = cast.models[name]
    decoding = (plan.decoding if plan else {}).get(model.style) or role.decoding.get(model.style, Decoding())
    asked, seen = cast.loaded.prompt(prompt, model.style), sample_view(cast.loaded, role, candidate, **(values or {}))
    prose = plan is not None and plan.kind is FieldKind.PROSE
    rendered = in_language(asked, model.style, seen) if prose else asked.messages(seen)
    rendered = behind(rendered, behind_it) if behind_it else focused(rendered, role, model.style)
    if name in cast.loaded.scenario.writers:
        rendered = advised(rendered, candidate.brief.advice, model.style)
    words, stop = filling(candidate.brief)
    says = expected(cast.loaded, candidate, plan)
    return Call(
        role=name,
        asker=asker_of(candidate.brief, step, attempt),
        model=model,
        messages=asked_again(rendered, model.style, refused, reasons),
        decoding=decoding.warmed(attempt),
        seed=seed_of(candidate.brief.seed, step, attempt),
        expects=says,
        words=words if prose else (),
        stop=stop,
        verbatim="\n".join(says) if plan is not None and (plan.scripted or plan.steps) else "",
    )
