"""The end of a session: every derived file, and the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents.judging.kinship import deciding_kin
from agents.judging.standing import Standing, standing
from agents.models.calls import Model
from agents.models.limits.ledger import Ledger
from graphs.campaign.curator import Tally
from graphs.certifying.quality import refresh_quality
from graphs.files.card import write_card
from graphs.files.certificate import write_certificate
from graphs.files.dataset import CERTIFIED, write_dataset
from graphs.files.figures import (
    CoverageReport,
    RefusedDraws,
    given_up_figures,
    mistakes_of,
    objections_of,
    without_odds_of,
)
from graphs.files.summary import usage_by_role, write_summary
from graphs.observe.family import Evolution, member_in
from graphs.planning.planner import Planner
from graphs.preparation import Preparation
from graphs.sampling.topology import asked_roles
from memory.journal.journal import Journal
from scenarios.loading import Loaded
from scenarios.records import Record
from scenarios.schema.roles import deciding_names, members_by_evidence


@dataclass(frozen=True)
class SessionEnd:
    """What the summary says of a session beside its records."""

    stopped_by: str
    for_pairs: int
    """About how many samples it takes to have every pair of values; 0 if that is not known."""
    run_s: float
    setup_s: float
    unstored: int = 0
    """Accepted samples that the memory lacks."""


def write_report(
    prepared: Preparation, loaded: Loaded, journal: Journal, ledger: Ledger, planner: Planner, ended: SessionEnd,
    *, fork: str = "", more: Mapping[str, Model] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write every derived file of the run; returns the summary. Of branches, `fork` says what they are, and `more` are models
    beside the run's. Raises OSError and sqlite3.Error."""
    out = prepared.out
    tally, mistakes, objections, refused = Tally(), Counter[str](), Counter[str](), RefusedDraws()
    without_odds = Counter[str]()
    judging, members = deciding_names(loaded.scenario), members_by_evidence(loaded.scenario)
    covered, evolution = CoverageReport(planner.covering.space, planner.met), Evolution()

    def counted() -> Iterator[Record]:
        for record in journal.records():
            tally.add(record)
            mistakes.update(mistakes_of(record, judging))
            objections.update(objections_of(record, judging, members))
            without_odds.update(without_odds_of(record, members))
            refused.add(record)
            covered.add(record)
            if loaded.scenario.evolve:
                evolution.add(member_in(record))
            yield record

    diversity = write_dataset(out, counted(), loaded)
    write_certificate(out, loaded, CERTIFIED)
    calls, tokens = usage_by_role(ledger.usage)
    standings = _standings(prepared, loaded)
    kin = dict(deciding_kin(loaded, prepared.models, standings))
    summary = {
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "undecided": tally.undecided,
        "reasons": dict(tally.reasons.most_common()),
        "mistakes": dict(mistakes.most_common()),
        "refused_draws": refused.figures(),
        "given_up": [given_up_figures(given, prepared.models) for given in planner.giving_up.all],
        "calls": calls,
        "tokens": tokens,
        "requests": ledger.requests,
        "faults": dict(ledger.faults),
        "cost_usd": round(ledger.usd, 6),
        "unpriced_tokens": ledger.unpriced,
        "lost": {"tokens": ledger.lost.tokens, "usd": round(ledger.lost.usd, 6)},
        "diversity": diversity.figures(),
        "coverage": {**covered.figures(), "samples_for_pairs": ended.for_pairs},
        **({"evolution": evolution.figures()} if loaded.scenario.evolve else {}),
        "judgements": {
            role: {"decides": known.trusted, "why": known.reason, "objections": objections[role]}
            | ({"without_odds": without_odds[role]} if without_odds[role] else {})
            | ({"kin": kin[role]} if role in kin else {})
            for role, known in standings.items()
        },
        "timings": {"run_s": round(ended.run_s, 3), "setup_s": round(ended.setup_s, 3)},
        "not_in_memory": ended.unstored,
        "stopped_by": ended.stopped_by,
    }
    write_summary(out, summary)
    write_card(
        out,
        loaded,
        models={**prepared.models, **(more or {})},
        summary=summary,
        standings={
            role: known.words + (f"; its model shares {kin[role]} with a writer's" if role in kin else "")
            for role, known in standings.items()
        },
        fork=fork,
    )
    refresh_quality(out)
    return summary


def _standings(prepared: Preparation, loaded: Loaded) -> dict[str, Standing]:
    """What each judging role's word is worth with its model."""
    roles = asked_roles(prepared.topology, loaded.scenario)
    return {role: standing(loaded, role, prepared.models[role]) for role in roles}
