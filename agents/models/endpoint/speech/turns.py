"""What of a model's text is its own turn: without marks of chat templates and without the turn of another. Pure.

Servers keep these apart if they know the model's template, and hand them out as text if they do not. Text that merely
mentions a mark stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from agents.models.endpoint.speech.marks import Place

_MARK = re.compile(
    r"<\|/?[A-Za-z][\w:/-]{0,40}\|>|<｜[^<>｜\n]{1,40}｜>|<(?:eos|bos|eod|end_of_turn|start_of_turn|end_of_utterance"
    r"|endoftext|unk|pad|turn\||\|turn|(?:extra_id|reserved|unused(?!9[45]>)|ctrl)_?\d+)>|\[/?INST\]|<</?SYS>>|</?s>|\[(?:EOS|BOS)\]"
)
_HEADER = re.compile(
    r"(?:<\|(?:im_start|start_header_id|start_of_role|header_start|role_start|start)\|>|<start_of_turn>|<\|turn>)[ \t]*"
    r"(?:assistant|model|ai|bot|gpt)\b[ \t]*"
    r"(?:<\|(?:end_header_id|end_of_role|header_end|role_end|im_sep|message)\|>)?\s*",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:<\|(?:begin_of_text|begin_of_sentence|startoftext|assistant|bot|im_sep|START_OF_TURN_TOKEN|CHATBOT_TOKEN"
    r"|START_RESPONSE|begin_of_solution|message)\|>|<｜(?:begin▁of▁sentence|Assistant|assistant)｜>|<(?:bos|sop|pad|unk)>|\[gMASK\]|<(?:reserved|unused(?!9[45]>)|ctrl|extra_id)_?\d+>|\[BOS\]|\[/INST\]"
    r"|<s>)\s*"
)
_BOX = re.compile(r"<\|(?:begin|end)_of_box\|>")
"""Around the final answer of some models."""
_STRUCK = re.compile(r"<s>[^\n]*?</s>")
"""Text that HTML strikes out."""
_BARE_ROLE = re.compile(r"\A(?:assistant[ \t]*\n+|model[ \t]*\n+(?=[^\s*-]))")
_BARE_NEXT = re.compile(r"(?<=[.!?…\"”)])(?:\n+(?:user|assistant|model|human)[ \t]*(?=\n|\Z)|(?:assistant|user)\n\n)")
"""What is left of `<|im_start|>user` and its like if a server drops the mark and not the role."""
_NEXT = re.compile(
    r"^[ \t]*(?:\*\*)?(?:User|USER|user|Human|HUMAN|human|Assistant|ASSISTANT|assistant)(?:\*\*)?[ \t]*:"
    r"|^\#{2,3}[ \t]*(?:Human|User|Assistant|Instruction):",
    re.MULTILINE,
)
_LABELLED = re.compile(r"[ \t]*[\w .*-]{1,30}:(?:\s|\Z)")
_MAY_HOLD = re.compile(r"[<\[]|(?:User|USER|Human|HUMAN|Assistant|ASSISTANT|###|user|assistant|model|human)")


def own_turn(text: str) -> str:
    """A text up to the end of its turn, without the marks that a template puts before it."""
    if not _MAY_HOLD.search(text):
        return text
    opened = _BOX.sub("", _BARE_ROLE.sub("", without_opening(text)))
    place = Place(opened)
    struck = [match.span() for match in _STRUCK.finditer(opened)] if "<s>" in opened else []
    ends = [next((mark.start() for mark in place.genuine(_MARK) if not _of_html(mark, struck)), None)]
    ends.append(next((m.start() for m in _BARE_NEXT.finditer(opened) if not place.in_code(m.start())), None))
    ends.append(_invented(place))
    if cuts := [end for end in ends if end is not None]:
        return opened[: min(cuts)].strip()
    return text if opened == text else opened.strip()


def _of_html(mark: re.Match[str], struck: Sequence[tuple[int, int]]) -> bool:
    """Whether `<s>` or `</s>` strikes out the text between; `struck` are the places of such text, in order."""
    at = bisect_right(struck, (mark.start(), len(mark.string))) - 1
    return mark[0] in {"<s>", "</s>"} and at >= 0 and mark.start() < struck[at][1]


def without_opening(text: str) -> str:
    """A text without what a template puts before an answer."""
    start = len(text) - len(text.lstrip())
    first = start
    while match := _OPENING.match(text, start) or _HEADER.match(text, start):
        if match[0].startswith("<s>") and (pair := _STRUCK.match(text, start)):
            rest = text[pair.end() :].strip()
            if rest and not _MARK.match(rest):
                break  # HTML
            text = text[: pair.end() - len("</s>")]
        start = match.end()
    return text[start:] if start > first else text


def _invented(place: Place) -> int | None:
    """Where a text goes on with the turn of another, such as `User:`. A script does not, nor a list of values by names."""
    text = place.text
    for match in _NEXT.finditer(text):
        before = text[: match.start()].rstrip()
        if not before or before.endswith(":") or place.in_code(match.start()):
            return None
        gap = text[len(before) : match.start()].count("\n")
        line = before.rsplit("\n", 1)[-1]
        follows = text[match.end() :].split("\n", 2)[1:2]
        listed = _LABELLED.match(line) or (follows and _LABELLED.match(follows[0]) and not _NEXT.match(follows[0]))
        small = match[0].strip(" \t*#")[0].islower()
        if listed or (gap < 2 and (small or before[-1] not in '.!?…"”)*')):
            return None
        return match.start()
    return None
