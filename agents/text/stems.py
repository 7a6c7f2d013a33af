"""Words without their inflections. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from agents.text.numbers import tokens

_IRREGULAR = {
    "paid": "pay", "built": "build", "made": "make", "gave": "give", "given": "give", "took": "take", "taken": "take",
    "kept": "keep", "held": "hold", "ran": "run", "began": "begin", "begun": "begin", "sold": "sell", "bought": "buy",
    "found": "find", "went": "go", "gone": "go", "goes": "go", "came": "come", "grew": "grow", "grown": "grow",
    "wrote": "write", "written": "write", "brought": "bring", "sent": "send", "stood": "stand", "knew": "know",
    "known": "know", "said": "say", "told": "tell", "lost": "lose", "met": "meet", "rose": "rise", "risen": "rise",
    "fell": "fall", "fallen": "fall", "drove": "drive", "driven": "drive", "hung": "hang", "fed": "feed",
    "led": "lead", "taught": "teach", "won": "win", "left": "leave", "spoke": "speak", "spoken": "speak",
    "children": "child", "men": "man", "women": "woman", "feet": "foot", "loaves": "loaf", "halves": "half",
    "bell": "bell", "during": "during", "spring": "spring", "string": "string", "morning": "morning",
    "evening": "evening", "building": "building", "red": "red", "bed": "bed", "shed": "shed", "seed": "seed",
    "hundred": "hundred", "thing": "thing", "something": "something", "nothing": "nothing", "need": "need",
    "weed": "weed", "feed": "feed", "speed": "speed", "bread": "bread", "wedding": "wedding", "king": "king",
}  # fmt: skip


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its inflection. Comparison stays: 'older' is not 'old'."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.isalpha() or len(word) < 4:
        return word
    base = word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        base = word[:-1]
    else:
        for ending in ("ing", "ed"):
            root = word.removesuffix(ending)
            if root != word and len(root) >= 2 and re.search("[aeiouy]", root):
                base = root[:-1] if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz" else root
    if base.endswith("y") and len(base) > 3 and base[-2] not in "aeiou":
        base = base[:-1] + "i"
    if base.endswith("ie"):
        return base[:-1]
    return base.removesuffix("e") if len(base) > 3 else base


@lru_cache(maxsize=8192)
def stems(text: str) -> tuple[str, ...]:
    """The stems of a text's words, in order."""
    return tuple(stem(token) for token in tokens(text))
