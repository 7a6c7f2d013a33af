"""`experiment.html`: all that an experiment found, on one page that needs nothing from anywhere. Pure.

What a model, a file or a user wrote is text: the template escapes it, and characters that hide or turn others are written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from graphs.experimenting.report import ArmResult, ExperimentReport, Outcome
from graphs.experimenting.showing import wording
from graphs.experimenting.showing.plots import contrasts_of, scatter_of
from graphs.pages.page import cleaned, lettered, render
from graphs.pages.wording import number, usd
from scenarios.frozen import Frozen


class _RoleCell(Frozen):
    """What a role took in an arm."""

    tokens: str
    parts: str
    part: float
    """Of the arm's tokens, in per cent."""
    calls: str
    usd: str
    model: str


class _RoleRow(Frozen):
    """What a role took, arm by arm; nothing where it was not asked."""

    role: str
    cells: tuple[_RoleCell | None, ...]


class _FailureRow(Frozen):
    """Why briefs brought nothing good, arm by arm."""

    why: str
    counts: tuple[int, ...]


def page(report: ExperimentReport) -> str:
    """The page, as one HTML document: the same for the same report."""
    shown = ExperimentReport.model_validate(cleaned(report.model_dump(mode="json")))
    names = lettered([arm.name for arm in shown.arms])
    return render(
        Path(__file__).parent / "experiment.html.jinja", report=shown, letters=names, arms=list(zip(names.values(), shown.arms, strict=True)),
        pairs=shown.outcome is Outcome.PAIRS, means=wording.good_means(shown),
        found=[(one, wording.told(one, shown.outcome)) for one in shown.contrasts],
        forest=contrasts_of(shown.contrasts), scatter=scatter_of(shown.arms),
        roles=list(_roles(shown.arms)), failures=list(_failures(shown.arms)),
        worth=[(row, list(wording.leaves(row))) for row in shown.worth],
    )  # fmt: skip


def _roles(arms: Sequence[ArmResult]) -> Iterator[_RoleRow]:
    """The roles, those that took most first."""
    took: dict[str, float] = {}
    for arm in arms:
        for role in arm.roles:
            took[role.role] = took.get(role.role, 0.0) + role.prompt_tokens + role.completion_tokens
    for name in sorted(took, key=lambda name: (-took[name], name)):
        yield _RoleRow(role=name, cells=tuple(_role_cell(arm, name) for arm in arms))


def _role_cell(arm: ArmResult, name: str) -> _RoleCell | None:
    role = next((one for one in arm.roles if one.role == name), None)
    if role is None:
        return None
    tokens = role.prompt_tokens + role.completion_tokens
    whole = sum(one.prompt_tokens + one.completion_tokens for one in arm.roles) or 1.0
    return _RoleCell(
        tokens=number(tokens), model=role.model,
        parts=f"{number(role.prompt_tokens)} + {number(role.completion_tokens)}",
        part=round(100 * tokens / whole, 1), calls=number(role.calls),
        usd="no price" if role.usd is None else usd(role.usd),
    )  # fmt: skip


def _failures(arms: Sequence[ArmResult]) -> Iterator[_FailureRow]:
    """The reasons, the most frequent first."""
    whys = sorted({why for arm in arms for why in arm.failures}, key=lambda why: (-_times(arms, why), why))
    for why in whys:
        yield _FailureRow(why=why, counts=tuple(arm.failures.get(why, 0) for arm in arms))


def _times(arms: Sequence[ArmResult], why: str) -> int:
    return sum(arm.failures.get(why, 0) for arm in arms)
