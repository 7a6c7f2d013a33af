"""Private reasoning in a text: what the families of models write around it, and what is left without it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.models.endpoint.speech.marks import Place

_TAGS = (
    r"(?:\w+:)?think(?:ing)?(?:_process)?|(?:inner_|internal_)?thoughts?(?:_process)?|antthinking|reasoning(?:_content)?"
    r"|reflection|scratchpad|(?:inner_|internal_)monologue|chain_of_thought|cot|seed:cot\w*"
)
_WORDS = r"(?:thoughts?|think|thinking|reasoning)"
_OPEN = (
    rf"<(?:{_TAGS})(?:\s[^<>\n]{{0,60}})?>|\[(?:THINK(?:ING)?|THOUGHT|REASONING)\]|◁think▷"
    rf"|<\|(?:begin_of_|start_of_|begin_|start_)?{_WORDS}(?:_start|_begin)?\|>|<\|inner_prefix\|>|<unused94>(?:thought)?|<\|channel>thought"
)
_CLOSE = (
    rf"</(?:{_TAGS})\s*>|\[/(?:THINK(?:ING)?|THOUGHT|REASONING)\]|◁/think▷|<\|(?:end_of_|end_|/){_WORDS}\|>|<\|{_WORDS}_end\|>"
    r"|<\|inner_suffix\|>|<unused95>|<channel\|>"
)
_OPENS, _CLOSES = re.compile(_OPEN, re.IGNORECASE), re.compile(_CLOSE, re.IGNORECASE)
_JOINING = re.compile(r"\W*(?:(?:and|or|to|then|with|plus|und|et|y|e)\W*)?", re.IGNORECASE)
"""What stands between two tags that are both mentioned."""
_BOUNDARY = re.compile(r"(?:\A|[\n.!?…\"”)>*:\]▷])\s*\Z")
_IN_WORDS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"\s*Here is my thought process:.*?\n\W*Here is my response:\s*",
        r"\s*Thinking\.\.\.[ \t]*\n.*?\n\s*\.\.\.done thinking\.\s*",
        r"\s*analysis(?=[A-Z<\"“]|we |the |user |need ).*?assistantfinal(?=\S)",
        r"\s*commentary(?=[A-Z<\"“]).*?assistantfinal(?=\S)",
        r"\s*analysis(?=[A-Z]).*\Z",
        r"\s*<analysis>.*?</analysis>\s*(?=\S)",
        r"\s*<details\s+type=\"?reasoning\"?[^<>\n]*>.*?(?:</details>\s*|\Z)",
    )
)
"""Reasoning that is told from the answer by words, or by what is left of marks that a server drops."""
_CHANNEL = re.compile(
    r"(?:<\|start\|>\s*assistant([^<]*))?<\|channel\|>\s*(\w+)([^<]*)(?:<\|constrain\|>[^<]*)?<\|message\|>(.*?)"
    r"(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
_UNWRAPPED = re.compile(
    r"\s*(?:<(answer|response|output|final_answer|final|solution)>(.*?)(?:</\1>|\Z)"
    r"|<\|(?:begin_of_solution|START_RESPONSE)\|>(.*?)(?:<\|(?:end_of_solution|END_RESPONSE)\|>|\Z))\s*\Z",
    re.DOTALL | re.IGNORECASE,
)
_SENTENCES, _SHORT = re.compile(r"[.!?…\n]"), 60
"""Reasoning before a tag is more than the beginning of one short sentence."""
_MAY_REASON = re.compile(r"[<\[◁]|\A\s*(?:Here is my|Thinking|analysis|(?:assistant)?(?:commentary|final)|\*\*|#)")
_CHANNEL_WORD = re.compile(r"\s*(?:assistant)?(?:commentary|final)(?:[ \t]*\n|(?=[A-Z“\"]))")
"""What is left of gpt-oss's marks before words that are for the user."""
_ENDLESS = re.compile(r"\s*(?:(?:assistant)?commentary\s+to=|<analysis>(?!.*</analysis>))", re.DOTALL)
"""A call of a tool without its marks, and reasoning under a name that may also be a text's own, which does not end."""
_HEADED = r"(?:\*\*|#{1,4}[ \t]+(?:\*\*)?)"
_HEADING_END = r"(?:[ \t]*:[ \t]*\*\*|\*\*[ \t]*:|\*\*[ \t]*(?=\n)|[ \t]*:?[ \t]*(?=\n))"
_THINKING_HEAD = re.compile(
    rf"\s*{_HEADED}(?:My |Internal )?(?:Thinking|Thoughts?|Chain of Thought)(?: Process)?{_HEADING_END}", re.IGNORECASE
)
_ANSWER_HEAD = re.compile(
    rf"^[ \t]*{_HEADED}(?:My |Final )?(?:Answer|Response|Reply|Output){_HEADING_END}\s*", re.IGNORECASE | re.MULTILINE
)
_MOST_BLOCKS = 64
"""Blocks of reasoning with code in them that one text may have."""


@dataclass(frozen=True)
class Unreasoned:
    """A text without private reasoning."""

    text: str
    reasoned: bool = False
    """Whether there was some."""
    unsure: bool = False
    """Whether it cannot be said where reasoning ends. Then the text is as it was."""


def unreasoned(text: str) -> Unreasoned:
    """A text without private reasoning.

    What is never closed is reasoning to the end. What is never opened is reasoning from the start, since some templates
    write the opening tag into the prompt.
    """
    if not _MAY_REASON.search(text):
        return Unreasoned(text)
    worded = _in_channels(text)
    if worded is None:
        worded = next((text[m.end() :] for pattern in _IN_WORDS if (m := pattern.match(text))), None)
    if worded is None and _THINKING_HEAD.match(text):
        answers = list(_ANSWER_HEAD.finditer(text))
        if len(answers) != 1:  # where the answer begins, nothing says
            return Unreasoned(text, unsure=True)
        worded = text[answers[0].end() :]
    if worded is None and _ENDLESS.match(text):
        return Unreasoned(text, unsure=True)
    if worded is None and (channel := _CHANNEL_WORD.match(text)):
        worded = text[channel.end() :]
    left = _untagged(text if worded is None else worded)
    if left is None:
        return Unreasoned(text, unsure=True)
    if worded is None and left == text:
        return Unreasoned(text)
    answer = _UNWRAPPED.match(left)
    return Unreasoned((answer[2] or answer[3] or "" if answer else left).strip(), reasoned=True)


def _in_channels(text: str) -> str | None:
    """What gpt-oss says to others, of a text in its channels; a call of a tool stays as it is. None if it has none."""
    if "<|channel|>" not in text:
        return None
    channels = list(_CHANNEL.finditer(text))
    calls = [each for each in channels if "to=" in f"{each[1] or ''}{each[3]}"]
    final = [each[4] for each in channels if each[2] == "final"]
    if final:
        return final[-1]
    first = channels[0].start() if channels else text.find("<|channel|>")
    beside = [text[:first]]
    beside += [each[4] for each in channels if each[2] == "commentary" and each not in calls]
    return "\n".join([*beside, *(text[each.start() : each.end()] for each in calls)])


def _untagged(text: str) -> str | None:
    """A text without what stands between tags of reasoning, or None if that is not certain."""
    place, kept, start = Place(text), list[str](), 0
    last = max((match.start() for match in _CLOSES.finditer(text)), default=-1)
    blocks, first = 0, len(text) - len(text.lstrip())
    for opening in _OPENS.finditer(text):
        if opening.start() < start:
            continue
        closing = _CLOSES.search(text, opening.end()) if opening.end() <= last else None
        if _aside(place, opening, closing, leads=opening.start() == first):
            continue
        kept.append(text[start : opening.start()])
        if closing is None:
            if not _BOUNDARY.search(text[max(0, opening.start() - 40) : opening.start()]):
                return None
            start = len(text)
            break
        start = closing.end()
        if "`" in text[opening.end() : closing.start()] and blocks < _MOST_BLOCKS:
            blocks += 1  # a fence that reasoning leaves open must hide nothing of what follows
            place = Place("\n" * start + text[start:])
    return _unopened("".join(kept) + text[start:])


def _aside(place: Place, opening: re.Match[str], closing: re.Match[str] | None, *, leads: bool) -> bool:
    """Whether an opening tag opens nothing: it is spoken of, or a stage direction such as `[thinking]`."""
    if closing is None and opening[0].startswith("[") and not opening[0].isupper():
        return True
    if leads:
        return False
    if place.quoted(opening):
        return True
    between = place.text[opening.end() : closing.start()] if closing else ""
    return place.in_sentence(opening) and (closing is None or _JOINING.fullmatch(between) is not None)


def _unopened(text: str) -> str | None:
    """A text without reasoning that is closed and was never opened; None if the closing tag may be spoken of."""
    place, found = Place(text), None
    opening = _OPENS.search(text)
    spoken_of = opening is not None and place.in_sentence(opening)
    for closing in _CLOSES.finditer(text):
        if place.quoted(closing):
            continue
        if spoken_of and opening is not None and opening.start() < closing.start():
            continue  # both are spoken of
        if place.in_sentence(closing):
            if not _SENTENCES.search(text, 0, closing.start()) and closing.start() < _SHORT:
                continue  # `What does </think> mean?`
            return None
        found = closing.end()
    return text if found is None else text[found:]
