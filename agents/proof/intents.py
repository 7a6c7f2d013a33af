"""Words that ask for the same: what people say to a service, in groups. Pure.

It is used to find where a user asked for something, generously; nothing is rejected because a word is missing here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agents.text.phrases import words
from agents.text.stems import stem
from agents.text.values import content

_GROUPS = (
    "renew renewal extend extension prolong longer keep lengthen",
    "return back bring gave",
    "fine fee charge charged owe owing debt penalty bill reminder balance outstanding",
    "pay settle clear cover payment credit deduct",
    "waive drop forgive cancel remove off let",
    "hold reserve reservation request queue wait waiting list aside spot line book",
    "cancel stop withdraw out remove longer",
    "move change switch transfer shift update alter replace correct swap instead different other another new",
    "lost missing gone disappeared lose vanish trace",
    "mail email e-mail address inbox notice reminder",
    "phone telephone mobile cell number contact",
    "parcel package delivery shipment box item order",
    "deliver bring drop come arrive reach send delivery get",
    "redirect reroute send divert forward address elsewhere",
    "collect fetch pickup pick grab",
    "refund money reimburse compensate compensation back",
    "claim complaint complain report",
    "damaged broken smashed crushed cracked torn damage",
    "late delay delayed overdue due slow",
    "where whereabouts status track trace located location news update",
    "when day date time until hour hours deadline due",
    "evening night tonight after work",
    "neighbour porch safe leave place unattended",
    "insured insurance cover sum price cost paid",
    "edition version format copy audio print large",
    "place position queue spot turn ahead",
    "block blocked locked card",
    "hang hook nearer seat",
    "take get have give hand like want",
    "book title novel loan borrowed",
)  # fmt: skip

_WISHES = re.compile(
    r"\?|\b(?:want|wish|need|like|love|please|could|can|may|would|help|hope|hoping|looking|look|wonder|wondering|know|"
    r"trying|try|let|get|ask|asking|calling|writing|tell|have to|about|also|another|else|next|instead|actually)\b",
    re.IGNORECASE,
)
_SMALL_TALK = frozenset(
    stem(word)
    for word in [
        "hello",
        "hi",
        "hey",
        "good",
        "morning",
        "afternoon",
        "evening",
        "day",
        "night",
        "greetings",
        "thanks",
        "thank",
        "yes",
        "yeah",
        "okay",
        "sure",
        "fine",
        "great",
        "nice",
        "lovely",
        "how",
        "are",
        "things",
        "going",
        "well",
        "hope",
        "doing",
        "today",
        "there",
        "dear",
        "sir",
        "madam",
        "everyone",
        "team",
        "anybody",
        "anyone",
        "welcome",
        "pleasure",
        "moment",
        "please",
        "sorry",
        "help",
        "question",
        "quick",
        "got",
        "wondering",
        "bother",
        "quickly",
        "much",
        "very",
        "really",
        "bye",
        "goodbye",
    ]
)


@lru_cache(maxsize=256)
def _tags_of(word: str) -> frozenset[str]:
    root = stem(word)
    return frozenset({root, *(f"#{place}" for place, group in enumerate(_ROOTS) if root in group)})


_ROOTS = tuple(frozenset(stem(word) for one in group.split() for word in words(one)) for group in _GROUPS)


@lru_cache(maxsize=8192)
def meaning(text: str) -> frozenset[str]:
    """What the words of a text may be about: each word that carries meaning, without its inflection, and the groups that it
    belongs to."""
    return frozenset(tag for word in content(text) for tag in _tags_of(word))


def alike(text: str, tags: frozenset[str], but: frozenset[str] = frozenset()) -> int:
    """How many words of a text have a meaning in common with `tags`, those in `but` left out."""
    return sum(word not in but and not _tags_of(word).isdisjoint(tags) for word in content(text))


def wishes(text: str) -> bool:
    """Whether a text may ask for something."""
    return _WISHES.search(text) is not None


def small_talk(text: str) -> bool:
    """Whether a text is nothing but a greeting, thanks or an answer."""
    return all(stem(word) in _SMALL_TALK for word in content(text))
