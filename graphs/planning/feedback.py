"""Feedback: what a student that learned from an earlier dataset gets wrong on real data, and what a run does about it. Pure.

`python -m graphs.transfer` writes it from the validation part of the real data, never from the test part that a result is
reported on; `python -m graphs.run feedback=FILE` reads it. Sources: S3 (Wang et al. 2023, arXiv 2310.13671) makes more of what
a student gets wrong, ProGen (Ye et al. 2022, arXiv 2210.12329) shows the samples that helped it most as demonstrations.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import Field, ValidationError

from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import read_bounded
from scenarios.schema.axes import Axis, Cell
from scenarios.schema.demonstrations import Peer
from scenarios.schema.scenario import Scenario
from scenarios.seeds import seed_of

MOST_WEIGHT = 3.0
"""A value gets at most so many times the briefs of another one."""
MOST_PEERS = 2
"""Helpful samples that a brief shows."""
SHOWN = 3
"""Missed texts that a brief shows."""
LONGEST = 200
"""Characters of such a text."""
_NAMED = 4
"""Values that a line names."""
_FILE = "feedback"
MISSED = "missed"
"""The name by which prompts use what a student got wrong."""
KEPT = "feedback.json"
"""A run's copy of the feedback that it was made with."""
_TAKEN = re.compile(r" \((?:nearly )?taken for [^()]*\)$")
_LARGEST = 64 * 1024 * 1024


class Feedback(Frozen):
    """What the validation part of real data says about a dataset."""

    scenario: str
    target: str = Field("", exclude_if=lambda target: not target)
    """The axis that is the label, if it is one."""
    weights: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By axis and value: how many briefs, beside those of the other values, 1 … 3."""
    missed: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    """By axis and value: real texts in words that a prompt shows, those first that are hardest for the student."""
    helpful: tuple[Peer, ...] = ()
    """The samples that lower the student's loss most, the best first."""
    validation: tuple[str, ...] = ()
    """Digests of the texts that this was learned from: no result may be reported on them."""

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The real texts that prompts show, each with a name for it."""
        return [
            (f"real text {number} of {axis}={name}", _TAKEN.sub("", text))
            for axis, by in self.missed.items()
            for name, texts in by.items()
            for number, text in enumerate(texts, 1)
        ]

    @property
    def digest(self) -> str:
        """A digest of all of it."""
        return hashlib.sha256(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


class _Transfer(Frozen, extra="ignore"):
    feedback: Feedback | None = None


def read_feedback(path: Path) -> Feedback:
    """The feedback in a transfer.json. Raises SettingsError: it cannot be read, or holds none."""
    try:
        found = _Transfer.model_validate_json(read_bounded(path, _LARGEST)).feedback
    except OSError as error:
        raise SettingsError(f"{_FILE}={path}: cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{_FILE}={path}: is no transfer.json ({place}: {first['msg'].lower()})") from None
    if found is None:
        raise SettingsError(
            f"{_FILE}={path}: holds no feedback; python -m graphs.transfer writes it if it has a validation part, such as "
            "split=40/20/40"
        )
    return found


def feedback_of_run(out: Path) -> Feedback | None:
    """The feedback that the run in `out` was made with, of the copy that it keeps. Raises SettingsError."""
    kept = out / KEPT
    return read_feedback(kept) if kept.is_file() else None


def check_feedback(feedback: Feedback, scenario: Scenario) -> None:
    """Raise SettingsError if feedback is of another scenario, or names an axis that this one lacks or of which it has none of the
    values, or a weight that is out of bounds. Some values may have gone since: what is said of them is `out_of_date`."""
    if feedback.scenario != scenario.name:
        raise SettingsError(
            f"{_FILE}: is about the scenario {feedback.scenario!r}, and this run is of {scenario.name!r}"
        )
    for what, told in _told(feedback).items():
        for axis, values in told.items():
            if axis not in scenario.axes:
                raise SettingsError(f"{_FILE}: {what}.{axis}: the scenario has no such axis; measure its dataset anew")
            if values and not values & set(scenario.axes[axis].names):
                raise SettingsError(
                    f"{_FILE}: {what}.{axis}: the scenario has none of these values, such as {min(values)!r}; measure its dataset anew"
                )
    for axis, weights in feedback.weights.items():
        for name, weight in weights.items():
            if not 1 <= weight <= MOST_WEIGHT:
                raise SettingsError(f"{_FILE}: weights.{axis}.{name}: {weight:g} is not between 1 and {MOST_WEIGHT:g}")


def out_of_date(feedback: Feedback, scenario: Scenario) -> str:
    """One line on what feedback says of values that the scenario has no more, and does nothing with; empty if there are none."""
    gone = {
        f"{axis}={name}"
        for told in _told(feedback).values()
        for axis, values in told.items()
        for name in values - set(scenario.axes[axis].names)
    }
    if not gone:
        return ""
    few = ", ".join(sorted(gone)[:_NAMED]) + (f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else "")
    return f"{_FILE}: the scenario has no {few} any more; what the feedback says of that is left out"


def _told(feedback: Feedback) -> dict[str, dict[str, set[str]]]:
    return {
        "weights": {axis: set(by) for axis, by in feedback.weights.items()},
        "missed": {axis: set(by) for axis, by in feedback.missed.items()},
    }


@dataclass(frozen=True)
class Hints:
    """What feedback gives one brief."""

    missed: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = ()


class Steered:
    """A run's feedback with what was planned so far: it says which values are due, and what a brief shows.

    An example is no good if many follow it: what is written resembles it, and the more so itself. So of each label as many briefs show
    examples as there are ones of it, in turn, and the others show none; benchmarks/loop.py has what that brings.
    """

    def __init__(self, feedback: Feedback, axes: Mapping[str, Axis], seed: int, shows: int, has_place: bool) -> None:
        """`shows` is how many demonstrations a prompt shows; `has_place` says whether one shows what was missed."""
        self._feedback, self._seed, self._has_place = feedback, seed, has_place
        self._most_peers = max(0, min(MOST_PEERS, shows - 1))
        several = len(feedback.weights) or 1
        self._weights = {
            # Of several axes, all together make at most the threefold.
            axis: {name: weights.get(name, 1.0) ** (1 / several) for name in axes[axis].names}
            for axis, weights in feedback.weights.items()
            if axis in axes
        }
        self._made = {axis: Counter[str]() for axis in self._weights}
        """By axis and value: samples of earlier runs, and briefs of this one."""
        self._turns = Counter[tuple[str, ...]]()
        """How many briefs were planned that could show the same."""
        self._told = feedback.missed.keys() | ({feedback.target} if feedback.target else set())

    def meet(self, cell: Cell) -> None:
        """Count a sample that the memory holds from another run: what it has enough of takes no more briefs than others."""
        for axis, counts in self._made.items():
            counts[cell[axis]] += 1

    def plan(self, cell: Cell) -> None:
        """A brief was planned, whatever becomes of it: a value that keeps failing does not take the place of all others."""
        self.meet(cell)
        self._turns[self._label(cell)] += 1

    def due(self, allowed: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """The allowed values, with the one alone that is due next on each weighed axis: that of which least was made for its
        weight."""
        found = dict(allowed)
        for axis, weights in self._weights.items():
            names = [name for name in weights if name in allowed.get(axis, weights)]
            if names:
                counts = self._made[axis]
                found[axis] = frozenset({min(names, key=lambda name: (counts[name] + 1) / weights[name])})
        return found

    def hints(self, cell: Cell, number: int) -> Hints:
        """What the brief of this number shows, which is planned next: missed texts of its label in turn, the hardest first. The most
        helpful samples of its label are shown only if there is no missed text to show: real texts are the better examples."""
        turn = self._turns[self._label(cell)]
        texts = [text for axis, by in self._feedback.missed.items() for text in by.get(cell.get(axis, ""), ())]
        if texts and self._has_place:
            if turn >= len(texts):
                return Hints()
            return Hints(
                missed=tuple(texts[(turn * SHOWN + more) % len(texts)] for more in range(min(SHOWN, len(texts))))
            )
        label = self._label(cell)
        like = [peer for peer in self._feedback.helpful if self._label(peer.cell) == label]
        if turn >= len(like):
            return Hints()
        like.sort(key=lambda peer: -sum(cell.get(axis) == name for axis, name in peer.cell.items()))
        best = like[: 2 * self._most_peers]
        rng = random.Random(seed_of(self._seed, "feedback", number))
        return Hints(peers=tuple(rng.sample(best, min(self._most_peers, len(best)))))

    def _label(self, cell: Cell) -> tuple[str, ...]:
        return tuple(cell.get(axis, "") for axis in sorted(self._told))
