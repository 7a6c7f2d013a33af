"""What was measured of roles, as text that reads well on a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaluation.intervals import Figure
from evaluation.judging.shares import Hits
from evaluation.judging.thresholds import ThresholdFigures
from evaluation.verdicts.agreement import RaterAgreement
from graphs.calibrating.worth import (
    CalibrationReport,
    ChecksWorth,
    CountsBy,
    CriterionWorth,
    Drawn,
    KindWorth,
    PeopleSaid,
    RoleAgreement,
    RoleWorth,
)

_STRENGTHS = ("mild", "plain", "gross")
_CHECKS = "checks"


def headline(row: RoleWorth) -> str:
    """What a role's judgement is worth, in one line."""
    worth = "informative" if row.counts else "not informative"
    audit = next((one for one in row.people if one.drawn is Drawn.AUDIT), None)
    if row.counts_by is CountsBy.PEOPLE and audit:
        if not audit.enough:
            worth = "too few to say whether it is informative"
        over = f"{audit.sound + audit.flawed} samples that people audited"
        return f"{row.role}: AUC {figured(audit.auc, 3, mark='95 % ')} over {over}: {worth}"
    if not row.pairs:
        return f"{row.role}: people's verdicts are too few, or all alike, to say whether it is informative"
    return f"{row.role}: AUC {figured(row.auc, 3, mark='95 % ')} over {row.pairs} pairs: {worth}"


def table(report: CalibrationReport) -> Iterator[str]:
    """The lines of a whole report, behind the headlines."""
    yield from _prices(report.roles)
    if report.planted:
        yield from _kinds(report.checks, report.roles)
    for row in report.roles:
        yield from _criteria(row.role, row.criteria)
    if report.people:
        yield from people_lines(report.people, report.roles)
    yield from _biases(report.roles)
    if report.agreement:
        yield from _agreement(report.agreement)
    if report.passed_over:
        yield ""
        yield f"no sample has a place for: {', '.join(report.passed_over)}"
    if report.caveats:
        yield ""
        yield from (f"note: {one}" for one in report.caveats)


def _prices(roles: Sequence[RoleWorth]) -> Iterator[str]:
    rows = [["role", "finds flawed", "keeps sound", "precision", "right place", "tokens", "USD per 1,000", "decides"]]
    for row in roles:
        usd = "no price" if row.usd is None else f"{1000 * row.usd:.2f}"
        shares = (row.recall, row.specificity, row.precision, row.located)
        decides = "yes" if row.counts else "no"
        rows.append([row.role, *map(percent, shares), f"{row.tokens:.0f}", usd, decides])
    yield ""
    yield "worth and price of a sample asked (shares in %, in brackets their 95 % intervals)"
    yield from aligned(rows)


def _kinds(checks: ChecksWorth, roles: Sequence[RoleWorth]) -> Iterator[str]:
    columns = {_CHECKS: _by_cell(checks.by_kind), **{row.role: _by_cell(row.by_kind) for row in roles}}
    kinds = list(dict.fromkeys(row.kind for row in checks.by_kind if row.kind))
    rows = [["planted", *columns]]
    rows += [[kind, *(_hits(cells.get((kind, ""))) for cells in columns.values())] for kind in kinds]
    shown = [strength for strength in _STRENGTHS if any(("", strength) in cells for cells in columns.values())]
    rows += [[f"all {one}", *(_hits(cells.get(("", one))) for cells in columns.values())] for one in shown]
    yield ""
    yield "found, of those planted"
    yield from aligned(rows)


def _by_cell(rows: Sequence[KindWorth]) -> Mapping[tuple[str, str], Hits]:
    return {(row.kind, row.strength): row.found for row in rows}


def _hits(found: Hits | None) -> str:
    if found is None or not found.of:
        return "–"
    return f"{found.hits} of {found.of} ({100 * (found.low or 0):.0f}–{100 * (found.high or 0):.0f})"


def _criteria(what: str, criteria: Sequence[CriterionWorth]) -> Iterator[str]:
    if not criteria:
        return
    rows = [["criterion", "rates apart", "least now", "finds", "keeps", "chosen", "finds", "keeps"]]
    rows += [_criterion(one) for one in criteria]
    yield ""
    yield f"{what}, by criterion (the chosen least score was chosen on one half and tested on the other)"
    yield from aligned(rows)


def _criterion(one: CriterionWorth) -> list[str]:
    chosen = ["none", "–", "–"] if one.chosen is None else _threshold(one.chosen)
    return [one.criterion, figured(one.auc, 2), *_threshold(one.now), *chosen]


def _threshold(found: ThresholdFigures) -> list[str]:
    return [f"{found.least:g}", percent(found.sensitivity), percent(found.specificity)]


def _biases(roles: Sequence[RoleWorth]) -> Iterator[str]:
    said = [line for row in roles for line in _biases_of(row)]
    if said:
        yield ""
        yield "what moves a rating (95 % intervals)"
        yield from said


def _biases_of(row: RoleWorth) -> Iterator[str]:
    if row.length.padded.value is not None:
        more = f"{row.length.words:.0f} harmless words more: {figured(row.length.padded, 2, sign=True)}"
        yield f"  {row.role}: {more}, over {row.length.samples} samples"
    if row.length.correlation.value is not None:
        yield f"  {row.role}: rating and length correlate by {figured(row.length.correlation, 2, sign=True)}"
    if row.order and row.order.samples:
        first = figured(row.order.first_over_last, 2, sign=True)
        yield f"  {row.role}: asked first and not last: {first}; a score moves by {figured(row.order.moved, 2)} either way"
    if row.again:
        noise = f"the same again: standard deviation {figured(row.again.noise, 2)}"
        yield f"  {row.role}: {noise}; another verdict in {_hits(row.again.changed)} %"
    if row.debate:
        first = f"its first opinion alone finds {_hits(row.debate.first_recall)} % and keeps {_hits(row.debate.first_specificity)} %"
        yield f"  {row.role}: concludes what the first opinion was in {_hits(row.debate.only_first)} %; {first}"
    if row.flips:
        yield f"  {row.role}: prefers the other of two if their sides are exchanged in {_hits(row.flips)} %"


def people_lines(said: PeopleSaid, roles: Sequence[RoleWorth]) -> Iterator[str]:
    """What people said, and how the roles stand to it."""
    yield ""
    yield "by people's verdicts (audit: drawn at random; routed: somebody doubted them, so that they stand for themselves alone)"
    rows = [["role", "samples", "sound, flawed", "AUC", "finds flawed", "keeps sound", "agree raw", "α", "AC1"]]
    for row in roles:
        for one in row.people:
            agreed = [plain(each) for each in (one.agreement.raw, one.agreement.alpha, one.agreement.ac1)]
            kinds = f"{one.sound}, {one.flawed}"
            shares = [percent(one.sensitivity), percent(one.specificity)]
            rows.append([row.role, one.drawn.value, kinds, figured(one.auc, 2), *shares, *agreed])
    yield from aligned(rows)
    for row in roles:
        for one in row.people:
            yield from (
                f"  {row.role}, {one.drawn}, {each.reason}: finds {_hits(each.found)} %" for each in one.by_reason
            )
        if row.edits:
            after = f"objects to {_hits(row.edits.found)} % before, and not to {_hits(row.edits.kept)} % after it"
            yield f"  {row.role}: rates {_hits(row.edits.better)} % higher after a person's edit; {after}"
    yield from _reviewers(said)
    for row in roles:
        for one in row.people:
            yield from _criteria(f"{row.role}, by people ({one.drawn})", one.criteria)


def _reviewers(said: PeopleSaid) -> Iterator[str]:
    """What came together of reviews."""
    told = [f"{said.verdicts} verdicts, {said.reviewers} reviewers, {said.edits} edits"]
    told += [f"{said.of_other_content} more of content that is not there any more"] if said.of_other_content else []
    told += [f"{said.disputed} samples without a majority"] if said.disputed else []
    yield f"  {'; '.join(told)}"
    if said.agreement:
        raw, alpha, ac1 = _agreed(said.agreement)
        yield f"  reviewers among themselves, {said.agreement.samples} samples: raw {raw}; α {alpha}; AC1 {ac1}"


def plain(figure: Figure) -> str:
    """A figure without its interval."""
    return "–" if figure.value is None else f"{figure.value:.2f}"


def _agreement(found: RoleAgreement) -> Iterator[str]:
    yield ""
    yield "how far they agree (raw; Krippendorff's α; Gwet's AC1)"
    rows = [["on verdicts", ", ".join(found.roles), *_agreed(found.verdicts)]]
    rows += [["on scores", ", ".join(found.judges), *_agreed(found.scores)]] if found.scores else []
    yield from aligned(rows)


def _agreed(found: RaterAgreement) -> list[str]:
    return [figured(found.raw, 2), figured(found.alpha, 2), figured(found.ac1, 2)]


def percent(found: Hits) -> str:
    """A share in percent with its interval."""
    if found.value is None:
        return "–"
    return f"{100 * found.value:.0f} ({100 * (found.low or 0):.0f}–{100 * (found.high or 0):.0f})"


def figured(figure: Figure, places: int, sign: bool = False, mark: str = "") -> str:
    """A figure with its interval, and a `mark` before that."""
    form = f"{'+' if sign else ''}.{places}f"
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:{form}}"
    return f"{figure.value:{form}} ({mark}{figure.low:{form}} to {figure.high:{form}})"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of equal length with their columns below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield f"  {first}  {'  '.join(others)}".rstrip()
