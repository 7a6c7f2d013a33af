"""The briefs on which arms differ most, side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.contrasts.apart import apart
from graphs.experimenting.figures import Measured
from graphs.experimenting.report import Sides, SideText
from graphs.pages.lines import SideLine
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.schema.scenario import Scenario

_SHOWN = 8
"""Briefs that are shown."""


def side_by_side(arms: Sequence[Measured], scenario: Scenario) -> tuple[Sides, ...]:
    """The briefs on which arms differ most."""
    found = apart({one.arm.name: list(one.trials) for one in arms}, _SHOWN)
    cells = {id_: record.candidate.brief.cell for one in arms for id_, record in one.made.records.items()}
    return tuple(
        Sides(
            brief=one.brief, cell=cells[one.brief],
            texts=tuple(_side(arm, one.brief, scenario) for arm in arms if one.brief in arm.made.records),
        )
        for one in found
    )  # fmt: skip


def _side(one: Measured, brief: str, scenario: Scenario) -> SideText:
    record = one.made.records[brief]
    return SideText(
        arm=one.arm.name, value=one.worth.values[brief], verdict=record.verdict.value, why=one.worth.faults.get(brief, ""),
        lines=tuple(_lines(record.candidate, scenario)),
    )  # fmt: skip


def _lines(made: Candidate, scenario: Scenario) -> list[SideLine]:
    if made.fields:
        return [SideLine(who=name.replace("_", " "), side="field", text=text) for name, text in made.fields.items()]
    found = []
    for message in made.messages:
        who = _who(message, scenario)
        if message.content:
            tool = message.role is Speech.TOOL
            found.append(SideLine(who=who, side=message.role.value, text=message.content, folded=tool))
        for call in message.tool_calls or ():
            function = call["function"]
            found.append(
                SideLine(who=who, side="tool", text=f"{function['name']} {function['arguments']}", folded=True)
            )
    return found


def _who(message: Message, scenario: Scenario) -> str:
    name = message.name or message.role.value
    role = scenario.roles.get(name)
    return (role.label if role else "") or name.replace("_", " ")
