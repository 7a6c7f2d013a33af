"""Where to change what rejects samples: the check in the scenario, or the prompt file of the role."""

from __future__ import annotations

from graphs.sampling.decision import PERSON, CurationReason
from scenarios.frozen import Frozen
from scenarios.loading import Loaded, is_packaged
from scenarios.schema.roles import JUDGING, judging_roles
from studio.runs.open_run import OpenRun

_MORE_ROOM = "memory.min_distance in the settings; or more values, or another axis, in the scenario"
_REASONS = {
    CurationReason.NOVELTY: _MORE_ROOM,
    CurationReason.OVERLAP: _MORE_ROOM,
    CurationReason.QUOTA: "the weights of the axes in the scenario",
    CurationReason.BENCHMARK: "forbidden.benchmarks in the settings names the files that no sample may repeat",
    CurationReason.SEED_COPY: "the prompts of who writes: a seed was repeated",
    CurationReason.LOG_COPY: "the prompts of who writes: a text of the logs was repeated",
    PERSON: "nothing: a person rejected it",
}
"""What to do about reasons that no check stands for."""


class Advice(Frozen):
    """Where the words are that decide on samples."""

    checks: dict[str, str]
    """By check, role or reason: what to change."""
    prompts: dict[str, str]
    """By role: the file of its prompt."""
    file: str
    """The scenario's file."""
    error: str = ""
    """Why nothing is known, if the scenario cannot be read."""


def advice_on(run: OpenRun) -> Advice:
    """Where to change what rejects the samples of a run."""
    loaded = run.scenario.loaded()
    if loaded is None:
        return Advice(checks=dict(_REASONS), prompts={}, file="", error=run.scenario.error)
    scenario = loaded.scenario
    prompts = {
        role: _where(plan.prompt.chat or plan.prompt.transcript, loaded) for role, plan in scenario.roles.items()
    }
    found: dict[str, str] = dict(_REASONS)
    for plan in scenario.checks:
        found[plan.name] = f"the check '{plan.name}' in 'checks' of {loaded.file.name}, or the prompts of who writes"
    for role, kind in judging_roles(scenario).items():
        rule = JUDGING[kind]
        needs = f", and '{rule.needs}' in {loaded.file.name}" if rule.needs else ""
        found[role] = f"the prompts of who writes; if '{role}' is wrong, its own prompt, {prompts[role]}{needs}"
        if rule.reason:
            found.setdefault(rule.reason, found[role])
    return Advice(checks=found, prompts=prompts, file=str(loaded.file))


def _where(file: str, loaded: Loaded) -> str:
    """The file of a prompt, and how to get one that ships."""
    if not (file.startswith("@") or is_packaged(loaded.file)):
        return file
    named = loaded.scenario.name if is_packaged(loaded.file) else loaded.file
    return f"{file.removeprefix('@')} (it ships: python -m graphs.show scenario={named} eject=DIR writes it out to be changed)"
