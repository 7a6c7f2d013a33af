"""The numbers of sentences that cite: they stand in the passages that they cite, or follow from these."""

from __future__ import annotations

from collections.abc import Iterator

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.citing import cited_sentences, without_citations
from agents.checks.conversation.following import Grounds
from agents.checks.conversation.sources import plain_brackets
from agents.checks.conversation.sums import reckoned
from agents.checks.figures import NumberKind, SaidNumber, figures, hedged, worth
from agents.text.quantities import Form, known_forms
from scenarios.messages import Speech
from scenarios.records import Status
from scenarios.schema.languages import ENGLISH

_LEFT = (NumberKind.DATE, NumberKind.TIME, NumberKind.CODE)
"""What spans of time lead to, and what nobody cites."""
_AMOUNTS = (NumberKind.MONEY, NumberKind.COUNT)
_USUAL = (2.0, 7.0, 12.0, 60.0, 100.0)
"""What people halve by, and the parts of weeks, years, hours and hundreds: in a sum they need no source."""


def numbers_cited(reading: Reading) -> Finding:
    """Each number in digits of a sentence that cites stands in the passages that it cites or in what was said before, or is
    reckoned out in the message, as a half and a double need not be; an amount of money also if it follows from them in one
    step, and a time if it is two of theirs together.
    Dates and times of day are not looked at. Only English is read, and only citations that stand in the text."""
    made = reading.candidate
    if not reading.in_english:
        return Finding(f"its sums may be written otherwise in {made.brief.language}", given=Status.UNVERIFIABLE)
    texts = {one.id: f"{one.title}\n{one.text}" for one in reading.loaded.passages if one.id in made.brief.passages}
    heard = list[str]()
    for place, message in enumerate(made.messages):
        if message.role is Speech.ASSISTANT:
            plain = plain_brackets(reading.loaded, made.brief, made.messages[:place])
            results = reckoned(message.content)
            for number, (text, ids) in enumerate(sentences := cited_sentences(message.content, plain)):
                before = (without_citations(one.text, plain) for one in sentences[:number])
                known = "\n".join([*(texts[id_] for id_ in ids if id_ in texts), *heard, *before])
                if strange := next(_strange(without_citations(text, plain), known, results), None):
                    return Finding(
                        f"says {strange.shown!r}, which stands in no passage that the sentence cites ({', '.join(ids)}) and is not "
                        "reckoned out",
                        place,
                    )
        heard.append(message.content)
    return NOTHING


def _strange(text: str, known: str, results: frozenset[float]) -> Iterator[SaidNumber]:
    """The numbers of a sentence that neither stand in what is known nor follow from it."""
    forms, reckons = _forms(known), bool(reckoned(text))
    grounds, read = Grounds(known, ENGLISH, english=True), figures(known, ENGLISH)
    amounts = {one.value for one in read if one.kind in _AMOUNTS} | results
    numbers = {worth(one.shown) for one in read if one.kind not in _LEFT} | results
    spans = {one.value for one in read if one.kind is NumberKind.SPAN and one.value}
    said = [one for one in figures(text, ENGLISH) if one.kind not in _LEFT]
    for one in said:
        if one.kind is not NumberKind.MONEY:
            grounds.add(one)
    for one in said:
        money = one.kind is NumberKind.MONEY
        value = one.value if money else worth(one.shown)
        # '8' is a form of '20:00', and no amount.
        if value is None or (one.forms & forms and not money) or (reckons and value in _USUAL):
            continue
        near = {value, 2 * value, value / 2, *(() if money else (value - 0.5,))}  # half hours are counted in full
        if (amounts if money else numbers) & near:
            continue
        if one.kind is NumberKind.SPAN and any(one.value == first + other for first in spans for other in spans):
            continue
        if not (money and grounds.amount_follows(value, hedged(text, one.shown), near=True)):
            yield one


def _forms(text: str) -> frozenset[Form]:
    return known_forms(text).union(*(one.forms for one in figures(text, ENGLISH)))
