"""summary.json, and what the end of a session says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agents.text.quoting import shortened
from graphs.campaign.graph import GIVEN_UP, PATIENCE, SATURATED, TARGET
from graphs.files.rundir import DATASET, REJECTED, write_bytes
from graphs.files.wording import counted, many, money
from scenarios.records import Usage

_FAILING = 4
"""Failing combinations that the end of a session names."""
_SHOWN = 80
"""Characters of a refused draw in a line."""
_MISTAKES = 8
"""Kinds of mistake that the end of a session names."""


SUMMARY = "summary.json"


def write_summary(out: Path, summary: dict[str, Any]) -> None:
    """Write summary.json."""
    write_bytes(out / SUMMARY, orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def usage_by_role(usage: dict[str, Usage]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """The summary's `calls` and `tokens`."""
    calls = {role: used.calls for role, used in sorted(usage.items())}
    tokens = {
        role: {"prompt": used.prompt_tokens, "cached": used.cached_tokens, "completion": used.completion_tokens}
        for role, used in sorted(usage.items())
    }
    return calls, tokens


@dataclass(frozen=True)
class Finished:
    """How a session ended."""

    out: Path
    summary: dict[str, Any]
    """What summary.json holds."""
    wanted: int
    patience: int
    give_up: int
    replayed: int
    """Answers that came from the journal."""
    why: str
    """What kept the run from continuing, if that is not plain from `stopped_by`."""
    saturated: str
    """Why the run is saturated, if it is."""
    scripted: bool
    """Whether a role has the scripted model."""

    @property
    def stopped_by(self) -> str:
        """`target`, `patience`, `given_up`, `saturated`, `budget.…`, `endpoint`, `runner` or `interrupted`."""
        return str(self.summary["stopped_by"])


def summary_lines(finished: Finished) -> list[str]:
    """What a command says at the end of a session."""
    summary, out, wanted = finished.summary, finished.out, finished.wanted
    reasons = ", ".join(f"{reason} {count}" for reason, count in summary["reasons"].items())
    stopped_by = finished.stopped_by
    tokens = sum(used["prompt"] + used["completion"] for used in summary["tokens"].values())
    lines = [
        f"{counted(summary['accepted'], wanted)}, rejected {summary['rejected']}, "
        f"undecided {summary['undecided']}" + (f" ({reasons})" if reasons else ""),
        f"{many(summary['requests'], 'request')}, {many(tokens, 'token')}, "
        f"{money(summary['cost_usd'], summary.get('unpriced_tokens', 0), tokens)}, {summary['timings']['run_s']:.1f} s"
        + (f"; {many(finished.replayed, 'answer')} came from the journal" if finished.replayed else ""),
    ]
    if summary["mistakes"]:
        told = ", ".join(f"{check} {count}" for check, count in list(summary["mistakes"].items())[:_MISTAKES])
        lines.append(f"faults that checks found (in refused draws, drafts and rejected samples): {told}")
    if draws := summary["refused_draws"]["draws"]:
        check, last = next(iter(summary["refused_draws"]["by_check"].items()))
        lines.append(f"refused draws: {draws}, most by {check}, such as {quoted_draw(last)}")
    if summary["judgements"]:
        told = "; ".join(f"{role} {_decides(known)}" for role, known in summary["judgements"].items())
        lines.append(f"judgements: {told}")
    if failing := summary["coverage"]["failing"]:
        told = "; ".join(_combination(one) for one in failing[:_FAILING])
        more = f"; and {len(failing) - _FAILING} more" if len(failing) > _FAILING else ""
        lines.append(f"never accepted: {told}{more}")
    if summary["given_up"]:
        told = "; ".join(f"{cells_of(one)} ({refusals(one)})" for one in summary["given_up"])
        lines.append(f"given up: {told}")
    if finished.scripted:
        lines.append("this is scripted placeholder text: no model wrote it")
    if stopped_by == PATIENCE:
        lines.append(f"stopped: {finished.patience} rounds in a row without an accepted sample; see {out}/{REJECTED}")
    elif stopped_by == GIVEN_UP:
        lines.append(f"stopped: no cell is left to make; see {out}/{REJECTED}. {what_to_do(finished.give_up)}")
    elif stopped_by == SATURATED:
        lines.append(f"stopped: {finished.saturated}; see {out}/{REJECTED}")
    elif stopped_by != TARGET:
        lines.append(
            f"stopped by {stopped_by}{f': {finished.why}' if finished.why else ''}; continue with: python -m graphs.run out={out}"
        )
    lines.append(f"dataset: {out / DATASET}   rejections: {out / REJECTED}   card: {out / 'README.md'}")
    if stopped_by == TARGET:
        lines.append(f"to make more: python -m graphs.run out={out} n={max(wanted, summary['accepted']) * 2}")
    return lines


def cells_of(given: dict[str, Any]) -> str:
    """The cells of which no more briefs are made."""
    return (
        "cells with " + ", ".join(f"{axis}={name}" for axis, name in given["values"].items())
        if given["values"]
        else "all cells"
    )


def refusals(given: dict[str, Any]) -> str:
    """Why no more briefs are made."""
    return f"{given['check']} refused every draw of {given['briefs']} briefs"


def spent_words(spent: dict[str, Any]) -> str:
    """Requests and tokens, and what they cost if they have a price."""
    usd = f", ${spent['cost_usd']:.4f}" if spent["cost_usd"] else ""
    return f"{many(spent['requests'], 'request')}, {many(spent['tokens'], 'token')}{usd}"


def what_to_do(give_up: int) -> str:
    """What a person may do about cells of which no more briefs are made."""
    return f"Change the check, the prompt or the model in a new run, or go on with give_up={2 * give_up} (0: never give up)"


def quoted_draw(draw: dict[str, Any]) -> str:
    """A refused draw in a line."""
    text = " ".join(draw["text"].split())
    return f"“{shortened(text, _SHOWN)}” ({shortened(draw['reason'], _SHOWN)})"


def _decides(known: dict[str, Any]) -> str:
    """Whether a judgement decides, and how often it did."""
    told = f"decides (rejected {known['objections']})" if known["decides"] else f"decides nothing ({known['why']})"
    lacking = known.get("without_odds", 0)
    if kin := known.get("kin"):
        told += f", shares {kin} with a writer and is likelier to pass its failures: roles.ROLE.llm.model=… names another family's"
    return told + (f", gave no odds of its tokens for {lacking} samples and was asked several times" if lacking else "")


def _combination(failing: dict[str, Any]) -> str:
    named = ", ".join(f"{axis}={name}" for axis, name in failing["combination"].items())
    return f"{named} ({failing['failures']} times)"
