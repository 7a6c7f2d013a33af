"""What a judging role's word is worth with its model, and the words for that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.models.calls import Model
from scenarios.loading import Loaded
from scenarios.schema.roles import RoleKind, judging_roles
from scenarios.schema.styles import Style


@dataclass(frozen=True)
class Standing:
    """What is known of a model's judgement in a role."""

    trusted: bool
    reason: str

    @property
    def words(self) -> str:
        """Whether it decides, and why, for a person."""
        return f"{'decides' if self.trusted else 'decides nothing'} ({self.reason})"


def standing(loaded: Loaded, role: str, model: Model) -> Standing:
    """Whether a role's judgement counts with this model, and why."""
    rows = [row for row in loaded.scenario.calibration if row.model == model.name and row.role == role]
    if rows:
        row = rows[-1]
        figure = (
            f"AUC {row.auc:.2f}, 95 % from {row.low:.2f}, over {row.samples} {_BY_PEOPLE if row.people else _PAIRS}"
        )
        if row.informative:
            return Standing(True, f"measured: {figure}")
        return Standing(False, f"not informative with this model ({figure})")
    return _UNMEASURED[model.style]


def judged_by(loaded: Loaded, roles: Iterable[str], models: Mapping[str, Model]) -> bool:
    """Whether a verifier whose judgement counts is among the roles that are asked: then checks that guess meaning from lists
    of words stand aside."""
    kinds = judging_roles(loaded.scenario)
    asked = (role for role in roles if kinds.get(role) is RoleKind.VERIFIER)
    return any(standing(loaded, role, models[role]).trusted for role in asked)


_UNMEASURED = {
    Style.TRANSCRIPT: Standing(False, "not measured with this base model, so presumed not informative"),
    Style.CHAT: Standing(True, "not measured with this model; see graphs.calibrate"),
}
_PAIRS, _BY_PEOPLE = "pairs", "samples that people audited"
_FIGURE = rf"AUC [01]\.\d\d, 95 % from [01]\.\d\d, over [1-9]\d* (?:{_PAIRS}|{_BY_PEOPLE})"
_AUC = re.compile(r"AUC ([01]\.\d\d),")
_WORDED = {
    True: re.compile(rf"measured: {_FIGURE}|{re.escape(_UNMEASURED[Style.CHAT].reason)}"),
    False: re.compile(
        rf"not informative with this model \({_FIGURE}\)|{re.escape(_UNMEASURED[Style.TRANSCRIPT].reason)}"
    ),
}


def worth_of(reason: str) -> float | None:
    """How much better than chance a model was found to judge, by the words of its standing: 0 at an AUC of 0.5, 1 if it is
    always right; None if it was not measured."""
    found = _AUC.search(reason)
    return max(0.0, round(2 * float(found[1]) - 1, 2)) if found else None


def may_be_standing(reason: str, trusted: bool) -> bool:
    """Whether a standing can have these words. A model may have been measured again since, so figures are not compared."""
    return _WORDED[trusted].fullmatch(reason) is not None
