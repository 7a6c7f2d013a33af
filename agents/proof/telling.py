"""What the user was told of a goal, whoever said it and wherever after it could be known. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import orjson

from agents.proof.asking import Raised, texts_of
from agents.proof.intents import alike, meaning
from agents.proof.trace import Called, Event, Spoken, Trace, bare_leaves
from agents.text.phrases import words
from agents.text.sentences import statements
from agents.text.stems import stem
from agents.text.values import content, says, tells
from scenarios.text import codes
from scenarios.worlds.blueprint import Goal, Side, Told
from scenarios.worlds.world import failed

OUTCOME = Told(what="what came of it", phrases=("done",))
"""What has to be told after every change: anything that reports it."""
_PLEASANT = frozenset(
    stem(word)
    for word in [
        "thank",
        "thanks",
        "patience",
        "waiting",
        "wait",
        "moment",
        "welcome",
        "pleasure",
        "else",
        "anything",
        "something",
        "help",
        "great",
        "good",
        "day",
        "evening",
        "afternoon",
        "morning",
        "night",
        "nice",
        "sorry",
        "please",
        "glad",
        "hello",
        "sure",
        "okay",
        "alright",
        "course",
        "hear",
        "happy",
        "lovely",
        "perfect",
        "right",
        "well",
        "very",
        "much",
        "today",
        "now",
        "let",
        "know",
        "see",
        "need",
        "want",
        "further",
        "question",
        "questions",
        "more",
        "all",
        "fine",
        "here",
        "bye",
        "goodbye",
        "assist",
        "assistance",
        "understand",
        "back",
        "still",
    ]
)
"""Words that report nothing by themselves."""
_ORDINALS = (
    "", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_SHORT = (
    (re.compile(r"\b(i|we)'ve\b"), r"\1 have"),
    (re.compile(r"\b(\w+)'s (?=(?:just |now |all )*been\b)"), r"\1 has "),
    (re.compile(r"\b(it|that|this|he|she|there)'s\b"), r"\1 is"),
    (re.compile(r"\b(have|has|is) (?:now|just|successfully|gone ahead and|also)(?: now| just)?\b"), r"\1"),
)
"""Short forms, and words between a verb and what was done, that hide a phrase."""
_AHEAD = re.compile(r"\b(?:ahead|before|in front|others?|else)\b")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_DATE = re.compile(r"(\d{1,2}) [A-Z][a-z]+")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def untold(
    trace: Trace, goal: Goal, made: Sequence[Called], asked: Raised | None, others_at: Sequence[int]
) -> tuple[Told, ...]:
    """What the user was not told, of all that a goal has to tell.

    A value counts where the assistant stated it after the call that gave it, or proposed it and then did it, or where the
    user said it itself. The reason of a refusal may be put in any words that have to do with it. What another goal
    has to do with as well counts only after this one was asked for, and before the next one or beside something that only
    this one has to do with. `others_at` is where others were asked for.
    """
    missing = [told for told in goal.tell if not _heard(trace, goal, made, told, asked, others_at)]
    if made and not _reported(trace, made, others_at):
        missing.append(OUTCOME)
    return tuple(missing)


def _heard(
    trace: Trace, goal: Goal, made: Sequence[Called], told: Told, asked: Raised | None, others_at: Sequence[int]
) -> bool:
    if not of_values(trace, told):
        return _explained(trace, goal, told, asked)
    others = texts_of([other for other in trace.blueprint.goals if other is not goal])
    proposals = set(_proposals(trace, made))
    begun = asked.turn if asked is not None else -1
    until = min((turn for turn in others_at if turn > begun), default=len(trace.messages))
    ordinal = _ORDINAL.fullmatch(told.phrases[0])
    mine = [fact.value for fact in goal.facts if not any(says(fact.value, text) for text in others)]
    for phrase in told.phrases[:1] if ordinal else told.phrases:
        shared = any(says_told(phrase, text) for text in others)
        if shared and asked is None and not made:
            continue
        since = _given_at(trace, goal, phrase, shared)
        for event in trace.events:
            if not isinstance(event, Spoken) or (shared and event.turn < begun):
                continue
            if event.side is Side.USER:
                counts = not ordinal and (not shared or event.turn < until)
                if counts and says_told(phrase, event.text):
                    return True
            elif event.turn > since and (not shared or event.turn < until or any(says(v, event.text) for v in mine)):
                text = event.text if event.turn in proposals else statements(event.text)
                if says_told(phrase, text):
                    return True
    return False


def of_values(trace: Trace, told: Told) -> bool:
    """Whether it is a value of the world that has to be told; else it is a reason, for which there are many words."""
    first = told.phrases[0]
    several = len(first.split()) > 1
    return bool(codes(first)) or any(
        first.lower() == text.lower() or (several and says(first, text)) for text in trace.values
    )


def _explained(trace: Trace, goal: Goal, told: Told, asked: Raised | None) -> bool:
    """Whether the assistant said something that has to do with a reason."""
    since = asked.turn if asked is not None else -1
    said = " ".join(statements(one.text) for one in trace.said(Side.ASSISTANT) if one.turn > since)
    if any(tells(phrase, said) for phrase in told.phrases):
        return True
    mine = " ".join(fact.value for fact in trace.blueprint.known())
    about = meaning(" ".join((told.what, *told.phrases, goal.answer))) - meaning(mine) - meaning(_EXCUSES)
    return alike(said, about) > 0


_EXCUSES = "sorry afraid cannot unable not possible help"


def says_told(phrase: str, text: str) -> bool:
    """Whether a text tells a phrase with a value in it: the value in any of its forms, whatever the words around it."""
    if found := _ORDINAL.fullmatch(phrase):
        return _says_place(int(found[1]), text)
    if tells(phrase, text):
        return True
    if found := _DATE.fullmatch(phrase):
        return bool(re.search(rf"\b0?{found[1]}(?:st|nd|rd|th)\b", text.lower()))
    if found := _CLOCK.fullmatch(phrase):
        return _says_time(int(found[1]), found[2], text)
    inside = codes(phrase)
    # 'number 47' is told by '47'; a small number in words is too common to tell anything.
    return bool(inside) and not re.search(r"[A-Z]", phrase) and all(_says_digits(code, text) for code in inside)


def _says_digits(code: str, text: str) -> bool:
    return says(code, text) and (len(code) > 1 or any(one.lower() == code for one in codes(text)))


def _says_place(place: int, text: str) -> bool:
    """'You are second', 'there is one person ahead of you', 'nobody is before you'."""
    plain = text.lower().replace("’", "'")
    if re.search(rf"(?<![\w.,:-]){place}(?:st|nd|rd|th)?(?![\w]|[.,:]\d)", plain):
        return True
    word = _ORDINALS[place] if place < len(_ORDINALS) else "no such word"
    if re.search(rf"(?:\b(?:are|be|is|place|position|spot)|you're) (?:the |in |now |currently |at )*{word}\b", plain):
        return True
    if re.search(rf"\b{word} (?:in|on|place|position|spot)\b", plain):
        return True
    if place == 1:
        return bool(
            re.search(r"\b(?:next|nobody|no one|no-one|none) (?:else |is |in |before |ahead |other )|in front\b", plain)
        )
    return says(str(place - 1), text) and _AHEAD.search(plain) is not None


def _says_time(hour: int, minutes: str, text: str) -> bool:
    """'19:30' as '7:30 pm', '7.30pm' or 'half past seven'; '18:00' as '6 pm' or '6 o'clock'."""
    short = (hour - 1) % 12 + 1
    ends = r"\s*(?:[ap]\.?m\b|o.?clock)"
    whole = rf"\b(?:0?{short}|{hour})(?:[:.]{minutes}{'' if minutes != '00' else rf'|{ends}'})"
    return bool(re.search(whole, text.lower())) or (minutes == "30" and says(f"half past {short}", text))


def _proposals(trace: Trace, made: Sequence[Called]) -> Iterator[int]:
    """The messages in which the assistant proposed what it then did."""
    events: Sequence[Event] = trace.events
    for call in made:
        place = next(place for place, event in enumerate(events) if event is call)
        before = [event for event in events[:place] if isinstance(event, Spoken)]
        reply = next((n for n in range(len(before) - 1, -1, -1) if before[n].side is Side.USER), None)
        if reply is not None:
            yield from (one.turn for one in before[max(0, reply - 1) : reply] if one.side is Side.ASSISTANT)


def _given_at(trace: Trace, goal: Goal, phrase: str, shared: bool) -> int:
    """The turn of the first result that gives a phrase, by a call of this goal's if others have to do with it, too; -1
    where no call gives it."""
    if codes(phrase) and says(phrase, trace.world.policy):
        return -1
    calls = [event for event in trace.events if isinstance(event, Called)]
    giving = [call for call in calls if says(phrase, call.seen) or says_told(phrase, " ".join(values_of(call.seen)))]
    mine = [call for call in giving if any(call.action.tool == action.tool for action in goal.actions)]
    return next((call.turn for call in (mine if shared and mine else giving)), -1)


def _reported(trace: Trace, made: Sequence[Called], later: Sequence[int]) -> bool:
    """Whether the assistant said anything of what it did, after it had done it: something before the user came to another
    matter, or one of its values at any time."""
    last = max(call.turn for call in made)
    until = min((turn for turn in later if turn > last), default=len(trace.messages))
    values = [leaf for call in made for leaf in bare_leaves(call.action.arguments) if codes(leaf)]
    for said in trace.said(Side.ASSISTANT):
        told = statements(said.text)
        if said.turn <= last:
            continue
        if said.turn < until and (codes(told) or any(stem(word) not in _PLEASANT for word in content(told))):
            return True
        if any(says(value, told) for value in values):
            return True
    return False


def in_full(text: str) -> str:
    """A text with its short forms written out: "I've moved it" as "I have moved it"."""
    plain = text.replace("’", "'")
    for short, full in _SHORT:
        plain = re.sub(short.pattern, full, plain, flags=re.IGNORECASE)
    return plain


@lru_cache(maxsize=2048)
def values_of(result: str) -> tuple[str, ...]:
    """The texts and numbers in a result, without the keys of its objects. None of a result that is no JSON."""
    try:
        value = orjson.loads(result)
    except orjson.JSONDecodeError:
        return ()
    return () if failed(result) else tuple(bare_leaves(value))


def reports(value: str, text: str) -> bool:
    """Whether words report what was shown: the value itself, or, if it is several words, its numbers and half of the rest."""
    if says(value, text):
        return True
    wanted = content(value)
    if len(words(value)) < 3 or not wanted:
        return False
    given = {stem(word) for word in words(text)}
    held = sum(stem(word) in given for word in wanted)
    return all(says(code, text) for code in codes(value)) and held * 2 >= len(wanted)
