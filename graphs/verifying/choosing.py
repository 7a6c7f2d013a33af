"""How one of several candidates was kept, derived again: what checks and counts say of them, and what follows from what roles
said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agents.checks.registry import run_checks
from agents.choosing.drawing import step_of
from agents.choosing.ranking import answer_of, evidence_of_choice, leaders, settled, unmet_by
from agents.judging.roles import are_scores, form_of_scores, score_names
from agents.judging.standing import may_be_standing
from graphs.verifying.differences import NOTHING, Mismatch, shown
from scenarios.loading import Loaded
from scenarios.records import Candidate, Contender, Evidence, Selection
from scenarios.schema.roles import Duty, RoleKind
from scenarios.schema.topology import ChosenBy, NodeKind

_HELD = ("messages", "fields", "private_calls", "ending", "grades", "scene")


def choice_again(
    loaded: Loaded, maker: Duty, duty: Duty, made: Candidate, told: Sequence[Evidence],
    due: Callable[[], Sequence[Evidence]], judged: bool,
) -> Evidence | None:  # fmt: skip
    """The evidence that a choice must have left; None if no candidate was whole. `due` gives what the checks find today in the
    candidate as it ended.

    The one that was kept is derived as long as no refine step changed it, the others as far as the line holds them: that of an
    accepted sample says only how they stood. Raises Mismatch.
    """
    selection = made.selection
    if selection is None:
        raise Mismatch("choice", f"how one of {maker.draws} candidates was kept", NOTHING)
    _check_form(loaded, maker, duty, selection)
    for one in selection.contenders:
        kept = one.number == selection.kept
        if kept and not made.revisions and one.given_up != made.given_up:
            raise Mismatch(f"choice.contenders[{one.number}].given_up", shown(made.given_up), one.given_up)
        if one.unmet is None or (kept and made.revisions) or not (kept or _held(one)):
            continue
        again = made if kept else made.model_copy(update={name: getattr(one, name) for name in _HELD})
        found = due() if kept else run_checks(loaded, again, judged)
        _compare(one, "answer", answer_of(again, duty.field, loaded))
        if _comparable(told, found):
            _compare(one, "unmet", unmet_by(found, loaded.scenario))
    try:
        again_settled = settled(
            selection.by, selection.contenders, loaded.scenario, selection.matches, aside=selection.aside
        )
    except KeyError:
        raise Mismatch("choice.matches", "each match of the knock-out", len(selection.matches)) from None
    if again_settled.kept != selection.kept:
        raise Mismatch("choice.kept", str(again_settled.kept), selection.kept)
    for one, due_one in zip(selection.contenders, again_settled.contenders, strict=True):
        _compare(one, "why", due_one.why)
    return evidence_of_choice(selection, duty.least)


def scores_of_kept(loaded: Loaded, duty: Duty, made: Candidate) -> Mapping[str, float]:
    """The scores by which a candidate was kept, under the names that it keeps them by."""
    if made.selection is None or not duty.kind:
        return {}
    scores = made.selection.contenders[made.selection.kept - 1].scores
    names = score_names(loaded, duty.role, RoleKind.JUDGE)
    return {name: scores[criterion] for name, criterion in names.items() if criterion in scores}


def _check_form(loaded: Loaded, maker: Duty, duty: Duty, selection: Selection) -> None:
    """Raise Mismatch if a choice does not have the form that its topology gives it."""
    if selection.by is not duty.by:
        raise Mismatch("choice.by", str(duty.by), selection.by.value)
    count = len(selection.contenders)
    if count != maker.draws and not (maker.vary and count == 1):
        raise Mismatch("choice.contenders", f"{maker.draws} candidates", count)
    if not 1 <= selection.kept <= count:
        raise Mismatch("choice.kept", f"from 1 to {count}", selection.kept)
    asked = selection.by in (ChosenBy.JUDGE, ChosenBy.PAIRWISE)
    if selection.aside and not (asked and may_be_standing(selection.aside, trusted=False)):
        raise Mismatch(
            "choice.aside", "why the role that was to choose decides nothing, if it does not", selection.aside
        )
    for number, one in enumerate(selection.contenders, 1):
        _compare(one, "number", number)
        _compare(one, "step", step_of(NodeKind.GENERATE.value, number))
        if (one.unmet is None) is not (bool(one.given_up) or (one.failure is not None and not _asked_of(one, duty))):
            raise Mismatch(f"choice.contenders[{number}].unmet", "a number if it is whole, and else none", one.unmet)
        if one.scores and not _are_scores(one, loaded, duty):
            due = f"{', '.join(loaded.scenario.rubric)}, {form_of_scores(loaded, duty.role)}"
            raise Mismatch(f"choice.contenders[{number}].scores", due, one.scores)
        if one.scores and (selection.by is not ChosenBy.JUDGE or selection.aside):
            raise Mismatch(f"choice.contenders[{number}].scores", "none, since no judge chose", one.scores)
    best = leaders(selection.contenders)
    most = len(best) - 1 if selection.by is ChosenBy.PAIRWISE and not selection.aside else 0
    # Of candidates that nothing can save nobody is asked, nor is a choice made that the machinery failed.
    if len(selection.matches) not in (0, max(0, most)):
        raise Mismatch("choice.matches", f"{max(0, most)} matches", len(selection.matches))


def _asked_of(one: Contender, duty: Duty) -> bool:
    """Whether what failed of a candidate was the call of the judge, who read it whole."""
    return one.failure is not None and one.failure.stage == duty.name


def _are_scores(one: Contender, loaded: Loaded, duty: Duty) -> bool:
    return one.scores.keys() == loaded.scenario.rubric.keys() and are_scores(loaded, duty.role, one.scores.values())


def _held(one: Contender) -> bool:
    return bool(one.messages or one.fields)


def _compare(one: Contender, name: str, due: object) -> None:
    if getattr(one, name) != due:
        raise Mismatch(f"choice.contenders[{one.number}].{name}", shown(due), getattr(one, name))


def _comparable(told: Sequence[Evidence], found: Sequence[Evidence]) -> bool:
    """Whether the checks that a line tells of are today's: another version may find something else."""
    versions = {one.check: one.version for one in found}
    return all(versions.get(one.check, one.version) == one.version for one in told)
