"""`experiment.html`: all that an experiment found, on one page that needs nothing from anywhere. Pure.

What a model, a file or a user wrote is text: the template escapes it, and characters that hide or turn others are written out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from graphs.experimenting.report import ArmResult, ExperimentReport, Outcome
from graphs.experimenting.showing import wording
from graphs.experimenting.showing.plots import forest_of, letters, scatter_of
from scenarios.cleaning import clean
from scenarios.frozen import Frozen

_HOME = Path(__file__).parent
_MOST_TEXT = 20_000
"""Characters of one line of a sample that the page shows."""


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
    shown = ExperimentReport.model_validate(_cleaned(report.model_dump(mode="json")))
    # Ours, and no data: it is named in the policy by its hash, so that no other style counts.
    style = (_HOME / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        report=shown, style=Markup(style), digest=digest, letters=dict(zip((a.name for a in shown.arms), letters(len(shown.arms)), strict=True)),
        arms=list(zip(letters(len(shown.arms)), shown.arms, strict=True)), pairs=shown.outcome is Outcome.PAIRS,
        means=wording.good_means(shown), found=[(one, wording.told(one, shown.outcome)) for one in shown.contrasts],
        marks=wording.MARKS, told=wording.TOLD, forest=forest_of(shown.contrasts), scatter=scatter_of(shown.arms),
        roles=list(_roles(shown.arms)), failures=list(_failures(shown.arms)),
        worth=[(row, list(wording.leaves(row))) for row in shown.worth],
    )  # fmt: skip


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "hundred": wording.hundred, "share": wording.share, "amount": wording.amount, "dollars": wording.dollars,
        "percent": wording.percent, "number": wording.number, "measured": wording.measured, "usd": wording.usd, "cut": _cut,
    }  # fmt: skip
    return environment.from_string((_HOME / "page.html.jinja").read_text(encoding="utf-8"))


def _cleaned(value: Any) -> Any:
    """A dump with all its texts, keys included, as they can be shown."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


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
        tokens=wording.number(tokens), model=role.model,
        parts=f"{wording.number(role.prompt_tokens)} + {wording.number(role.completion_tokens)}",
        part=round(100 * tokens / whole, 1), calls=wording.number(role.calls),
        usd="no price" if role.usd is None else wording.usd(role.usd),
    )  # fmt: skip


def _failures(arms: Sequence[ArmResult]) -> Iterator[_FailureRow]:
    """The reasons, the most frequent first."""
    whys = sorted({why for arm in arms for why in arm.failures}, key=lambda why: (-_times(arms, why), why))
    for why in whys:
        yield _FailureRow(why=why, counts=tuple(arm.failures.get(why, 0) for arm in arms))


def _times(arms: Sequence[ArmResult], why: str) -> int:
    return sum(arm.failures.get(why, 0) for arm in arms)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} … ({len(text) - _MOST_TEXT:,} more characters)"
