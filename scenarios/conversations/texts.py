"""What a conversation's values and prompts say, checked once all of it was read."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from scenarios.errors import ScenarioError
from scenarios.schema.conversation import CITES, least_cited
from scenarios.schema.scenario import Scenario
from scenarios.templates import Prompt

_AUDIENCES = ("plan", "user", "assistant")
"""For whom a value's text is, beside the speakers by name."""


def check_audiences(path: Path, scenario: Scenario, prompts: Mapping[str, Prompt]) -> None:
    """Raise ScenarioError if a value's text is for a speaker that there is not: its name is nearly one, and no template
    uses it."""
    if scenario.conversation is None:
        return
    known = (*_AUDIENCES, *scenario.speakers)
    sources = [source for prompt in prompts.values() for _, source in prompt.sections]
    sources += [scenario.conversation.messages, *(role.goal for role in scenario.speakers.values())]
    for axis, plan in scenario.axes.items():
        for value in plan.values if axis not in scenario.speakers else ():
            for key in sorted(value.attributes().keys() - {"name", *known}):
                near = get_close_matches(key, known, n=1, cutoff=0.75)
                if near and not any(f".{key}" in source for source in sources):
                    raise ScenarioError(
                        f"{path}: axes.{axis}: the value '{value.name}' has a text for '{key}', which is no speaker (did "
                        f"you mean '{near[0]}'?)"
                    )


def check_cites(path: Path, scenario: Scenario) -> None:
    """Raise ScenarioError if a value asks for a number of cited passages that is none, that no conversation has, or that no
    check counts."""
    plan = scenario.conversation
    if plan is None or not scenario.documents:
        return
    counted = any(check.name == "cites_enough" for check in scenario.checks)
    for axis, given in scenario.axes.items():
        for value in given.values:
            where = f"{path}: axes.{axis}: the value '{value.name}'"
            try:
                least = least_cited(value.attributes())
            except ValueError as error:
                raise ScenarioError(f"{where}: {error}") from None
            if least > plan.passages:
                raise ScenarioError(f"{where}: {CITES}: {least}, but a conversation has {plan.passages} passages")
            if least and not counted:
                raise ScenarioError(f"{where}: {CITES}: nothing counts it; add 'cites_enough' to 'checks'")


def check_own(own: Mapping[str, str], prompts: Mapping[str, Prompt]) -> None:
    """Raise ScenarioError if a prompt in place of a shared one is not one section with a text."""
    for file, given in own.items():
        if len(prompts[file].sections) != 1 or not prompts[file].sections[0][1].strip():
            raise ScenarioError(
                f"{given}: stands in place of {file.removeprefix('@')}, which is one section with a text"
            )
