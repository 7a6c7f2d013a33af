"""From the records of the first samples to what the whole run takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce

from agents.models.calls import Model
from evaluation.forecast import Outlook, Range, Speed, outlook, seconds
from graphs.sampling.topology import duties, topology_names, topology_of
from scenarios.errors import ScenarioError
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.records import Record, Usage, Verdict, add_usage
from scenarios.schema.conversation import MODERATOR, WRITER, How
from scenarios.schema.topology import Topology

_FIRST = ("no_critic", "generate_only")
"""Topologies that are cheaper in most scenarios: they are listed before others."""
_FOR_MEASURING = {"chain"}
_USD, _CALLS, _PROMPT, _COMPLETION, _CACHED = "usd", "calls", "prompt", "completion", "cached"


class RoleShare(Frozen):
    """What one role takes."""

    role: str
    model: str
    calls: Range
    prompt: Range
    completion: Range
    usd: Range | None
    """None if its model has no price."""


class Saving(Frozen):
    """What a setting would save."""

    setting: str
    calls: float
    """Of the calls, the part that would be saved, 0 … 1."""
    tokens: float
    usd: float | None
    why: str


class Forecast(Frozen):
    """What a whole run takes."""

    wanted: int
    made: int
    accepted: int
    outlook: Outlook
    cached: float
    """Of the prompt tokens, the part that the endpoint had in its cache, 0 … 1."""
    seconds: Range | None
    """None if nothing was asked this time, and no earlier forecast measured it."""
    roles: tuple[RoleShare, ...]
    savings: tuple[Saving, ...]
    unpriced: tuple[str, ...]
    """Models without a price."""
    by_batch: tuple[str, ...] = ()
    """Roles whose calls go by batch: the time is that without waiting for it."""


def forecast_of(
    records: Sequence[Record], loaded: Loaded, models: Mapping[str, Model], topology: Topology, wanted: int,
    speed: Speed | None, at_once: int,
) -> Forecast:  # fmt: skip
    """What `wanted` accepted samples take, from the records so far. Raises ValueError if there is none that was decided."""
    decided = [record for record in records if record.verdict is not Verdict.UNDECIDED]
    accepted = [record.verdict is Verdict.ACCEPTED for record in decided]
    usages = [record.candidate.usage for record in decided]
    roles = sorted({role for usage in usages for role in usage})
    priced = {role: models[role].priced for role in roles if role in models}
    counted: dict[str, list[float]] = {
        f"{role} {what}": [_amount(usage.get(role), what, models.get(role)) for usage in usages]
        for role in roles
        for what in (_CALLS, _PROMPT, _COMPLETION, _USD)
    }
    for what in (_CALLS, _PROMPT, _COMPLETION, _CACHED, _USD):
        counted[what] = [sum(_amount(usage.get(role), what, models.get(role)) for role in roles) for usage in usages]
    counted["tokens"] = [one + other for one, other in zip(counted[_PROMPT], counted[_COMPLETION], strict=True)]
    found = outlook(accepted, counted, wanted)
    prompt = sum(counted[_PROMPT])
    shares = tuple(
        RoleShare(
            role=role, model=models[role].name if role in models else "", calls=found.totals[f"{role} {_CALLS}"],
            prompt=found.totals[f"{role} {_PROMPT}"], completion=found.totals[f"{role} {_COMPLETION}"],
            usd=found.totals[f"{role} {_USD}"] if priced.get(role) else None,
        )
        for role in roles
    )  # fmt: skip
    return Forecast(
        wanted=wanted, made=len(decided), accepted=sum(accepted), outlook=found,
        cached=sum(counted[_CACHED]) / prompt if prompt else 0.0,
        seconds=seconds(found.totals[_CALLS], speed, at_once) if speed else None,
        roles=shares, savings=tuple(_savings(usages, [_alone(record) for record in decided], loaded, models, topology)),
        by_batch=tuple(role for role in roles if role in models and models[role].batch_size),
        unpriced=tuple(dict.fromkeys(models[role].name for role in roles if role in models and not models[role].priced)),
    )  # fmt: skip


def _amount(used: Usage | None, what: str, model: Model | None) -> float:
    if used is None:
        return 0.0
    if what == _USD:
        return model.cost(used) if model and model.priced else 0.0
    return float(
        {
            _CALLS: used.calls,
            _PROMPT: used.prompt_tokens,
            _COMPLETION: used.completion_tokens,
            _CACHED: used.cached_tokens,
        }[what]
    )


def _alone(record: Record) -> dict[str, Usage]:
    """What a sample would have taken if only the first candidate of its brief had been made."""
    made = record.candidate
    others = made.selection.contenders[1:] if made.selection else ()
    spared = reduce(add_usage, (one.usage for one in others), dict[str, Usage]())
    return {role: used - spared.get(role, Usage()) for role, used in made.usage.items()}


def _savings(
    usages: Sequence[Mapping[str, Usage]], alone: Sequence[Mapping[str, Usage]], loaded: Loaded,
    models: Mapping[str, Model], topology: Topology,
) -> list[Saving]:  # fmt: skip
    """What other settings would save, counted from these samples: nothing is asked for it. `alone` is what they would have
    taken with one candidate of each brief."""
    found = []
    whole = _sums(usages, models, lambda role: 1.0)
    roles = _asked(topology, loaded)
    for name in sorted({*topology_names()} - _FOR_MEASURING, key=_rank):
        try:
            shape = topology_of(loaded.scenario, name)
        except ScenarioError:
            continue  # the scenario lacks a role of it
        if _draws(shape) > 1:
            continue  # that does not save
        other = _asked(shape, loaded)
        like = {role: sorted(one for one in roles - other if _is_like(one, role, loaded)) for role in other - roles}
        if not all(like.values()):
            continue  # what these take is not known
        gone = sorted(roles - other)
        # A role that was not asked takes what one takes that is like it.
        shares = {one: 1 / len(alike) for alike in like.values() for one in alike}
        left = _sums(alone, models, _instead(gone, shares))
        if left[0] < whole[0]:
            instead = f", but {', '.join(sorted(like))}" if like else ""
            why = [f"nobody asks {', '.join(gone)}{instead}"] if gone else []
            why += ["one candidate is made of each brief"] if _draws(topology) > 1 else []
            found.append(_saving(f"topology={name}", whole, left, " and ".join(why)))
    plan = loaded.scenario.conversation
    if plan and plan.how is How.TURNS and not loaded.scenario.tools and not loaded.scenario.mcp:
        found.append(
            _saving(
                "how=whole", whole, _as_whole(usages, loaded, models), "the writer makes a conversation in one answer"
            )
        )
    costs = {role: _sums(usages, models, _without({*models} - {role})) for role in models}
    if whole[2]:
        role = max(costs, key=lambda name: costs[name][2])
        left = (whole[0], whole[1], whole[2] - costs[role][2] / 2)
        found.append(
            _saving(
                f"roles.{role}.llm.model=…", whole, left, f"a model at half the price for the {role}, who costs most"
            )
        )
    return [one for one in found if one.calls > 0 or one.tokens > 0 or (one.usd or 0) > 0]


_Sums = tuple[float, float, float]


def _without(gone: Collection[str]) -> Callable[[str], float]:
    return lambda role: 0.0 if role in gone else 1.0


def _rank(topology: str) -> tuple[int, str]:
    return (_FIRST.index(topology) if topology in _FIRST else len(_FIRST)), topology


def _instead(gone: Collection[str], shares: Mapping[str, float]) -> Callable[[str], float]:
    return lambda role: shares.get(role, 0.0) if role in gone else 1.0


def _is_like(role: str, other: str, loaded: Loaded) -> bool:
    """Whether a role is another one under a new name."""
    roles = loaded.scenario.roles
    return other in roles and roles[role].prompt == roles[other].prompt and roles[role].speaks_as is None


def _sums(usages: Sequence[Mapping[str, Usage]], models: Mapping[str, Model], part: Callable[[str], float]) -> _Sums:
    """Calls, tokens and USD of all samples; `part` says of a role how much of it counts."""
    calls = tokens = usd = 0.0
    for usage in usages:
        for role, used in usage.items():
            share = part(role)
            calls += share * used.calls
            tokens += share * used.tokens
            usd += share * (models[role].cost(used) if role in models and models[role].priced else 0.0)
    return calls, tokens, usd


def _as_whole(usages: Sequence[Mapping[str, Usage]], loaded: Loaded, models: Mapping[str, Model]) -> _Sums:
    """What the samples would have taken in one answer each: the writer writes what the speakers wrote, and nobody moderates."""
    speakers = {*loaded.scenario.speakers, MODERATOR}
    calls, tokens, usd = _sums(usages, models, lambda role: 0.0 if role in speakers else 1.0)
    for usage in usages:
        said = sum(used.completion_tokens for role, used in usage.items() if role in speakers)
        tokens += said
        if (writer := models.get(WRITER)) and writer.priced:
            usd += writer.cost(Usage(completion_tokens=said))
    return calls, tokens, usd


def _saving(setting: str, whole: _Sums, left: _Sums, why: str) -> Saving:
    parts = [1 - one / all_ if all_ else 0.0 for one, all_ in zip(left, whole, strict=True)]
    return Saving(setting=setting, calls=parts[0], tokens=parts[1], usd=parts[2] if whole[2] else None, why=why)


def _draws(topology: Topology) -> int:
    return max(node.draws for node in topology.nodes.values())


def _asked(topology: Topology, loaded: Loaded) -> set[str]:
    """The roles of a scenario that a topology asks."""
    asked = {role for duty in duties(topology, loaded.scenario).values() for role in (*duty.debaters, *duty.asked)}
    return asked & set(loaded.scenario.roles)
