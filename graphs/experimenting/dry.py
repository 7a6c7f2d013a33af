"""What an arm takes, counted in a dry run: the same calls with placeholder answers, so that nobody is asked and nothing is paid."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphs.experimenting.arms import Arm, arm_of
from graphs.experimenting.figures import by_role, usd_of
from graphs.experimenting.file import Design
from graphs.experimenting.folders import Folders
from graphs.experimenting.holding import records_of
from graphs.files.rundir import JOURNAL
from graphs.running.session import hold_session
from graphs.running.watcher import Quiet
from graphs.settings.layers import over
from memory.journal.reading import read_journal
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen

_BRIEFS = 3


class DryCost(Frozen):
    """What a brief takes in an arm."""

    calls: float
    tokens: float
    usd: float | None
    """At the prices of the arm's own models; None if one has none."""
    shared: float
    """Of the calls, those that an earlier arm makes, too."""


def dry_costs(design: Design, arms: Sequence[Arm], tell: Callable[[str], None]) -> dict[str, DryCost]:
    """What a brief takes in each arm; `tell` hears how far it is. Raises UserError."""
    with tempfile.TemporaryDirectory(prefix="colloquia-") as home:
        small = design.model_copy(
            update={"file": design.file.model_copy(update={"n": max(2, min(_BRIEFS, design.file.n))})}
        )
        found: dict[str, DryCost] = {}
        held = list[Arm]()
        folders = Folders(Path(home))
        for place, arm in enumerate(arms, 1):
            tell(f"counting what arm {place} of {len(arms)} takes, in a dry run")
            dry = arm_of(small, arm.plan.model_copy(update={"settings": _scripted(arm)}), folders, Path(home), {})
            others = tuple(one.out / JOURNAL for one in held)
            asyncio.run(hold_session(replace(dry.prepared, others=others), Quiet()))
            held.append(dry)
            found[arm.name] = _cost(arm, dry)
        return found


def _scripted(arm: Arm) -> dict[str, Any]:
    """The arm's settings with placeholder answers in place of every model, in the form of the scenario that its models take."""
    settings = dict(arm.plan.settings)
    settings.pop("tools", None)
    roles = {
        role: {key: value for key, value in own.items() if key != "llm"}
        for role, own in dict(settings.get("roles") or {}).items()
    }
    base = arm.prepared.settings.base_models
    form = {} if base is None else {"base_models": base}
    return over({**settings, "roles": roles, **form}, {"llm": _llm(settings.get("llm"))})


def _llm(told: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = {key: value for key, value in (told or {}).items() if key in {"temperature", "max_tokens"}}
    return {"backend": "scripted", "base_url": "", "gguf": "", **kept}


def _cost(arm: Arm, dry: Arm) -> DryCost:
    records = list(records_of(dry).records.values())
    if not records:
        raise SettingsError(f"arm '{arm.name}': its dry run made no sample; try it by itself with llm.backend=scripted")
    used = by_role(records)
    keys, shared = read_journal(dry.out / JOURNAL, lambda reader: (reader.keys(), reader.shared()))
    usd, n = usd_of(arm, used), len(records)
    return DryCost(
        calls=len(keys) / n, tokens=sum(one.tokens for one in used.values()) / n,
        usd=None if usd is None else usd / n, shared=len(shared) / n,
    )  # fmt: skip
