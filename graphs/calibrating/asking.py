"""A role is asked about sound and flawed versions, and in the ways that show what moves it. Answers come by the run's journal."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from agents.cast import Cast
from agents.defects.padding import padded
from agents.judging.debate import argue, concluded, conclusion_is_first, first_opinion
from agents.judging.judge import rate_reversed
from agents.judging.opinion import Rating
from agents.judging.pairs import Preference, prefer
from agents.judging.roles import rate
from agents.judging.scoring import fell_back
from agents.together import together
from graphs.calibrating.people import People
from graphs.calibrating.versions import Versions, sound_key
from scenarios.errors import CallFailed
from scenarios.records import Candidate, Usage
from scenarios.schema.plans import Asking
from scenarios.schema.roles import JUDGING, Duty, RoleKind
from scenarios.schema.styles import Style

T = TypeVar("T")
_FLAWED = "flawed/"


@dataclass(frozen=True)
class Probes:
    """What a role is asked beside the versions."""

    length: bool = True
    """The sound versions with harmless words added."""
    orders: bool = False
    """Of a judge: the sound versions with the criteria in reversed order."""
    again: bool = False
    """The sound versions once more, with another seed."""
    sides: bool = False
    """Which of a sound and a flawed version is better, in both orders."""


@dataclass(frozen=True)
class Argued:
    """How a debate over a version began, and what came of it."""

    flawed: bool
    """The version has a planted defect."""
    first: bool | None
    """Whether the first statement, before anybody answered it, lists a problem; None if its list cannot be read."""
    only_first: bool | None
    """Whether the conclusion finds fault with the same places as the first statement; None as before."""


@dataclass
class Ratings:
    """What one role said. What could not be read is None, and said on stderr."""

    sound: dict[str, tuple[Candidate, Rating]] = field(default_factory=dict)
    """By `sound_key`."""
    flawed: list[Rating | None] = field(default_factory=list)
    """For each planted version, in their order."""
    padded: dict[str, tuple[Candidate, Rating]] = field(default_factory=dict)
    backwards: dict[str, Rating] = field(default_factory=dict)
    again: dict[str, Rating] = field(default_factory=dict)
    preferred: list[Preference | None] = field(default_factory=list)
    argued: list[Argued] = field(default_factory=list)
    """Of a debate's moderator: how each debate over a version began and ended."""
    people: dict[str, Rating] = field(default_factory=dict)
    """Of the samples that people reviewed, by id."""
    edited: list[tuple[Rating, Rating]] = field(default_factory=list)
    """Of the samples that people edited, before and after."""
    without_odds: int = 0
    """Ratings that are means of several answers since there were no odds of tokens to use."""
    asked: int = 0
    """Versions that it was asked about, sound and flawed."""
    unread: int = 0
    usage: Usage = field(default_factory=Usage)
    """Of the answers about them."""


class Panel:
    """Asks the judging roles of a cast about versions: the moderator of one of the `debates` after its debaters have argued.
    `answered` is called at every answer, for the progress."""

    def __init__(
        self,
        cast: Cast,
        versions: Versions,
        probes: Probes,
        answered: Callable[[], None],
        debates: Sequence[Duty] = (),
        people: People | None = None,
    ) -> None:
        self._cast = cast
        self._debates = {duty.role: duty for duty in debates if duty.debaters}
        self._versions = versions
        self._probes = probes
        self._people = people or People()
        self._answered = answered
        self._longer = [padded(cast.loaded, sound) for sound in versions.sounds()] if probes.length else []

    def expected(self, roles: dict[str, RoleKind]) -> int:
        """How many answers it takes; a judge that is asked one criterion a call counts one."""
        sounds = len(self._versions.sounds())
        each = sounds + len(self._versions.planted) + sum(one is not None for one in self._longer)
        each += len(self._people.samples()) + len(self._people.edits)
        total = 0
        for role, kind in roles.items():
            total += each + sounds * self._probes.again + sounds * self._reverses(role, kind)
            total += len(self._versions.planted) * self._compares(role, kind)
        return total

    def _reverses(self, role: str, kind: RoleKind) -> bool:
        """One criterion a call has no order."""
        asking = self._cast.loaded.scenario.roles[role].asking
        return self._probes.orders and JUDGING[kind].scores and asking is not Asking.EACH

    def _compares(self, role: str, kind: RoleKind) -> bool:
        return self._probes.sides and JUDGING[kind].scores and self._cast.models[role].style is Style.CHAT

    async def ask(self, role: str, kind: RoleKind) -> Ratings:
        """All that is asked of a role. Raises as Gateway.ask, but for an answer that failed for good."""
        found, sounds = Ratings(), self._versions.sounds()
        flawed = [one.flawed for one in self._versions.planted]
        rated = await self._all(role, sounds, lambda one: self._rate(role, one, "sound", found.argued))
        names = {id(one.flawed): f"{_FLAWED}{one.defect}/{one.strength}" for one in self._versions.planted}
        found.flawed = await self._all(role, flawed, lambda one: self._rate(role, one, names[id(one)], found.argued))
        found.sound = _by_key(sounds, sounds, rated)
        reviewed = self._people.samples()
        before = await self._rated(role, reviewed, "people")
        found.people = {one.brief.id: rating for one, rating in zip(reviewed, before, strict=True) if rating}
        after = await self._rated(role, [one.after for one in self._people.edits], "edited")
        for one, rating in zip(self._people.edits, after, strict=True):
            if rating and (first := found.people.get(one.before.brief.id)):
                found.edited.append((first, rating))
        said = [one for one in (*rated, *found.flawed, *before, *after) if one]
        found.asked = len(rated) + len(flawed) + len(before) + len(after)
        found.unread = found.asked - len(said)
        found.without_odds = sum(fell_back(one.how) for one in said)
        found.usage = sum((one.usage for one in said), Usage())
        if self._probes.length:
            places = [place for place, longer in enumerate(self._longer) if longer is not None]
            longer = [one for one in self._longer if one is not None]
            found.padded = _by_key([sounds[at] for at in places], longer, await self._rated(role, longer, "longer"))
        if self._reverses(role, kind):
            backwards = await self._all(
                role, sounds, lambda one: rate_reversed(self._cast, one, role, _step("reversed"))
            )
            found.backwards = {key: rating for key, (_, rating) in _by_key(sounds, sounds, backwards).items()}
        if self._probes.again:
            again = await self._rated(role, sounds, "again")
            found.again = {key: rating for key, (_, rating) in _by_key(sounds, sounds, again).items()}
        if self._compares(role, kind):
            found.preferred = await self._preferred(role)
        return found

    async def _rated(self, role: str, versions: Sequence[Candidate], what: str) -> list[Rating | None]:
        return await self._all(role, versions, lambda one: self._rate(role, one, what, []))

    async def _rate(self, role: str, version: Candidate, what: str, argued: list[Argued]) -> Rating:
        """A role's rating, and if it concludes a debate, what that was, into `argued`."""
        duty = self._debates.get(role)
        if duty is None:
            return await rate(self._cast, role, version, _step(what))
        bare = version.model_copy(update={"usage": {}, "debates": ()})
        heard = await argue(self._cast, bare, duty, _step(what))
        rating = await rate(self._cast, role, heard, _step(what))
        debate, scenario = concluded(heard, rating.problems).debates[-1], self._cast.loaded.scenario
        first = first_opinion(debate, scenario)
        argued.append(
            Argued(
                what.startswith(_FLAWED), None if first is None else bool(first), conclusion_is_first(debate, scenario)
            )
        )
        return replace(rating, usage=sum(heard.usage.values(), rating.usage))

    async def _all(
        self, role: str, versions: Sequence[Candidate], ask: Callable[[Candidate], Awaitable[T]]
    ) -> list[T | None]:
        async def one(version: Candidate) -> T | None:
            try:
                return await ask(version)
            except CallFailed as error:
                print(f"{role}: one rating failed: {error}", file=sys.stderr)
                return None
            finally:
                self._answered()

        return await together(one(version) for version in versions)

    async def _preferred(self, role: str) -> list[Preference | None]:
        """Which of a flawed version and its sound one the role's model finds better."""
        planted = {id(one.flawed): one for one in self._versions.planted}
        model = self._cast.models[role]

        async def compared(flawed: Candidate) -> Preference:
            one = planted[id(flawed)]
            step = _step(f"sides/{one.defect}/{one.strength}")
            return await prefer(self._cast.gateway, model, self._cast.loaded, one.sound, flawed, step=step, role=role)

        return await self._all(role, [one.flawed for one in self._versions.planted], compared)


def _step(what: str) -> str:
    return f"calibrate/{what}"


def _by_key(
    sounds: Sequence[Candidate], versions: Sequence[Candidate], rated: Sequence[Rating | None]
) -> dict[str, tuple[Candidate, Rating]]:
    """The versions that were rated, by the key of the sound version that they are of."""
    return {
        sound_key(sound): (version, rating)
        for sound, version, rating in zip(sounds, versions, rated, strict=True)
        if rating is not None
    }
