"""Every command by its name, with what it does in a few words."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from enum import StrEnum


class Command(StrEnum):
    """The commands: `python -m graphs.NAME` and `colloquia NAME` are the same."""

    RUN = "run"
    PLAN = "plan"
    DOCTOR = "doctor"
    INIT = "init"
    SHOW = "show"
    TRACE = "trace"
    LINEAGE = "lineage"
    FORK = "fork"
    EXPERIMENT = "experiment"
    STUDIO = "studio"
    EVALUATE = "evaluate"
    COMPARE = "compare"
    CURATE = "curate"
    EXPORT = "export"
    VERIFY = "verify"
    CALIBRATE = "calibrate"
    REVIEW = "review"
    CERTIFY = "certify"
    TRANSFER = "transfer"
    REEMBED = "reembed"
    REJECT = "reject"


DOES = {
    Command.RUN: "makes a dataset, or continues one",
    Command.PLAN: "makes a run's first samples, and says what the whole will take",
    Command.DOCTOR: "asks an endpoint what it can do, and says which settings suit it",
    Command.INIT: "writes a scenario from a sentence and your files",
    Command.SHOW: "prints a scenario with its defaults, or writes it out to be changed",
    Command.TRACE: "prints every call of a sample, and what became of it",
    Command.LINEAGE: "prints what was made of what",
    Command.FORK: "makes branches of a sample from one turn on, beside each other",
    Command.EXPERIMENT: "compares ways to make samples over the same briefs, and writes a page",
    Command.STUDIO: "shows runs, their samples and their figures in a browser",
    Command.EVALUATE: "measures how diverse a dataset is",
    Command.COMPARE: "compares datasets, by a judge or people and by what can be computed, on one page",
    Command.CURATE: "flags doubtful samples, and gives each a weight",
    Command.EXPORT: "writes a dataset in the forms that trainers read, and reads them back",
    Command.VERIFY: "derives a dataset again, and names the first record that differs",
    Command.CALIBRATE: "measures what the judgements of a run's models are worth",
    Command.REVIEW: "says where people's reviews stand, and carries them out",
    Command.CERTIFY: "says from people's verdicts how many samples are flawed at the most",
    Command.TRANSFER: "measures what a student learns from a dataset, on real data",
    Command.REJECT: "rejects accepted samples for good, because you say so",
    Command.REEMBED: "embeds a memory anew, for runs with another embedding",
}


def main_of(command: Command) -> Callable[[list[str]], int]:
    """The function that runs a command on its words and returns its exit code."""
    main: Callable[[list[str]], int] = importlib.import_module(f"graphs.{command}").main
    return main
