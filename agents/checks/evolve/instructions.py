"""Instructions as text shows them: what they ask for, what they are about, and what they demand. Pure functions and data."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from agents.checks.grounded.entailment import content
from agents.text.numbers import is_number, tokens
from agents.text.stems import stem
from agents.text.synonyms import ALIKE, CARRIERS, NEGATIONS, listed

_OPENINGS = {
    "explain": """explain describe tell show teach clarify outline define illustrate explore trace what why how where when who
        is are does do did was were walk break analyse analyze examine discuss introduce summarise summarize say""",
    "advise": """plan design organise organize arrange schedule prepare suggest recommend propose make help advise guide set find
        choose pick how what should which map build develop create lay give draw""",
    "write": "come write compose draft create invent imagine pen make prepare sketch retell narrate put say",
    "list": """list name come give suggest recommend collect find think brainstorm mention identify propose what which offer provide
        share state rank gather pick""",
    "compare": """compare contrast weigh decide choose judge argue discuss debate evaluate assess is are should which examine
        consider analyse analyze does do explain rank""",
    "solve": "calculate compute solve work estimate count figure determine find how what convert add divide",
    "rewrite": """rewrite rephrase summarise summarize shorten translate correct edit improve turn convert sort classify put
        simplify change reword condense retell express restate proofread""",
}  # fmt: skip
"""Kinds of task → the words that open their sentences."""
_KINDS: dict[str, frozenset[str]] = {
    word: frozenset(kind for kind, words in _OPENINGS.items() if word in listed(words))
    for word in listed(" ".join(_OPENINGS.values()))
}
_QUESTION = listed("what why how where when who which is are does do did was were should")
_LEAD = re.compile(
    r"^(?:(?:and|then|also|now|next|first|finally|please|kindly|so)[, ]+"
    r"|(?:could|can|would|will) you (?:please |kindly )?(?:be able to )?"
    r"|i(?:'d| would)? (?:want|need|like|wish|am looking|hope)(?: you)?(?: to)?(?: know| learn| hear| have)? ?"
    r"|(?:what i (?:need|want|would like) is|my (?:request|task|question) is)[ :,]*"
    r"|(?:your task is|you are asked|your job is) to |help me (?:to )?(?:understand |see )?|let us |let's |to [a-z]+ )+"
)
_REQUEST = re.compile(
    r"^(?:please |kindly )?(?:i(?:'d| would)? (?:want|need|like|wish)\b|i am looking for|what i (?:need|want|would like) is|help me\b"
    r"|my (?:request|task) is|(?:could|can|would|will) (?:you|i|we|he|she|they|it|one)\b)"
)
_SENTENCE = re.compile(r"(?<=[.?!])[\"'”’]*\s+")
_CAPITAL = re.compile(r"(?<=[a-z0-9,;:'’] )[A-Z][A-Za-z’'-]+")
_ONE = re.compile(r"\b[Oo]ne\b")
_NO_NAMES = listed("i i'm i've i'd i'll ok tv usb")

_GENERIC = CARRIERS | frozenset(
    map(
        stem,
        listed("""please kindly want need like wish help know learn tell give get let try see look way how what why which able possible
        best good better right proper well really truly actually exactly simply clear clearly thorough thoroughly
        detail detailed depth more most much many lot other another different new similar related various thing topic subject matter
        something anything everything someone something kind sort type idea example point part task question answer request
        instruction prompt interesting important useful general certain own rather quite instead form manner whole
        piece set process aspect word wording phrase term term list plan write explain describe show teach clarify outline
        define suggest recommend propose compose draft create invent compare contrast discuss name make put turn find work out
        summarise summarize prepare design organise organize calculate compute solve figure determine provide offer
        concerning regarding involve whose subject appear seem become happen occur purpose aim good order theme some any made come draw one several both cause fall""")
    )
)  # fmt: skip
"""Stems that say how something is asked for, and not what for."""
_SAME = tuple(
    frozenset(map(stem, listed(group)))
    for group in (
        "wedding marriage", "boss manager employer supervisor", "ill sick unwell", "flat apartment", "parcel package delivery",
        "advert advertisement ad", "dinner supper meal", "message note", "party celebration", "grandmother grandma gran granny",
        "film movie", "email mail", "noisy loud", "quiet silent silence quieter", "remove rid eliminate", "protect defend guard shield",
        "poem verse poetry", "story tale", "short brief", "thanks thank gratitude grateful thankful", "friend pal",
        "exam test", "train railway rail", "car automobile", "sea ocean", "fast quick speed quickly faster rapidly", "grow cultivate raise",
        "stain spot mark", "slogan motto tagline", "gift present", "share split divide", "formal official", "move relocate relocation",
        "children child kid", "neighbour neighbor", "colour color", "used secondhand", "late delayed overdue", "complaint complain",
        "sleep asleep", "bicycle bike", "travel journey trip", "run running jog", "visit see", "city town", "blackout outage",
        "polite courteous politely", "buy purchase", "rent lease", "bread loaf", "savings save", "price cost",
        "benefit advantage", "drawback disadvantage", "help aid assist", "prepare ready preparation", "job position",
        "screen digital electronic", "paper printed", "rain rainy", "cook cooking", "animal pet", "wood wooden",
        "extra additional", "work function operate", "repair mend fix", "pay owe", "amount quantity", "summary summarise",
        "balcony terrace", "family household", "proverb saying", "dish recipe", "house home", "lose lost", "large big",
    )
)  # fmt: skip
_STANDS_FOR = {word: min(group) for group in (*ALIKE, *_SAME) for word in group}

_LIMITS = {
    "bound": r"at (?:most|least)|no (?:more|fewer|less|longer|later|earlier) than|(?:fewer|less|more|longer|shorter) than|up to"
    r"|maximum|minimum|limit(?:ed)?|exactly|within|under|between \w+ and|exceed\w*|only|single|budget|deadline|in one|by tomorrow",
    "exclusion": r"without|avoid\w*|except|exclud\w+|do not|don't|never|leav(?:e|ing) out|skip\w*|instead of|rather than|not"
    r"|no [a-z]+|nothing|none|neither|free of",
    "form": r"sentences?|words?|lines?|paragraphs?|bullet\w*|list|table|columns?|steps?|headings?|rhym\w+|haiku|limerick|sonnet"
    r"|dialogue|letter|postcard|tone|style|voice|form|format|script|speech|verses?|alphabetical\w*|tense|person"
    r"|in (?:french|german|spanish|latin|italian)|simple|plain|formal|cheerful|serious|brief|question|joke|numbered",
    "reader": r"for (?:a|an|someone|somebody|people|readers?|children|beginners?|adults|kids|the)|suitable|audience|readers?|aged?"
    r"|years? old|beginners?|child|follow",
    "demand": r"must|has to|have to|make sure|ensure|include|including|use|uses|using|mention\w*"
    r"|(?:begin|start|end|open|clos)(?:s|ing|ning|ting)? with|contain\w*|require\w*|as (?:a|an|if)|keep(?:s|ing)?|should",
}  # fmt: skip
_DEPTH = (
    r"why|reasons?|because|causes?|how|explain\w*|compar\w+|contrast\w*|differ\w*|versus|steps?|consequences?|effects?|affect\w*"
    r"|impact\w*|influenc\w*|results?|examples?|trade-?offs?|advantages?|disadvantages?|pros|cons|benefits?|risks?|drawbacks?"
    r"|what (?:if|would|can|could|happens|makes|might|will|to do|it)|role|evidence|justify|evaluat\w+|analy[sz]\w+|discuss\w*"
    r"|in (?:more )?(?:detail|depth)|mechanisms?|assum\w+|implic\w+|alternatives?|consider\w*|relationship|history|challenges?"
    r"|limitations?|arguments?|both sides|mistakes?|experts?|weigh\w*|motiv\w+|meaning|lessons?|stages?|factors?"
    r"|long[- ]term|symbol\w*|context|conflicts?|which (?:of|parts?|ones?)|check|prove|proof|in common|costs?|saves?"
)
"""What asks for more thought."""


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text."""
    return tuple(part for part in _SENTENCE.split(text.strip()) if part)


@lru_cache(maxsize=8192)
def kinds(text: str) -> frozenset[str]:
    """What kinds of task the sentences of a text ask for; none where no sentence asks for anything."""
    return frozenset(kind for sentence in sentences(text) for kind in _kinds(sentence))


def asks(sentence: str) -> bool:
    """Whether a sentence asks somebody for something."""
    plain = _plain(sentence)
    question = plain.rstrip("\"'”’").endswith("?")
    first = (tokens(_LEAD.sub("", plain)) or ("",))[0]
    demands = first in _KINDS and (first not in _QUESTION or question or first in {"how", "why", "what"})
    return demands or question or _REQUEST.match(plain) is not None


def _kinds(sentence: str) -> frozenset[str]:
    if not asks(sentence):
        return frozenset()
    words = tokens(_LEAD.sub("", _plain(sentence)))
    opening = next((word for word in words[:3] if word in _KINDS), "")
    if opening in _QUESTION:
        return frozenset(kind for word in words if word in _QUESTION for kind in _KINDS[word])
    return _KINDS.get(opening, frozenset())


@lru_cache(maxsize=8192)
def matter(text: str) -> frozenset[str]:
    """What a text is about: its words that carry weight, as stems, of words that mean the same only one; without numbers."""
    found = (word for word in content(text) if not is_number(word) and len(word) > 1 and word not in _GENERIC)
    return frozenset(_STANDS_FOR.get(word, word) for word in found) - _GENERIC


@lru_cache(maxsize=8192)
def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, in digits; without 'one', which is mostly a pronoun."""
    return frozenset(token for token in tokens(_ONE.sub("a", text)) if is_number(token))


@lru_cache(maxsize=8192)
def names(text: str) -> frozenset[str]:
    """The words that are written with a capital letter within a sentence, in small letters."""
    found = (name.lower().replace("’", "'").removesuffix("'s") for name in _CAPITAL.findall(text))
    return frozenset(name for name in found if name not in _NO_NAMES)


def stands_for(word: str) -> str:
    """What a word counts as, among the words that a text is about."""
    return _STANDS_FOR.get(stem(word), stem(word))


def negated(text: str) -> bool:
    """Whether a text denies or excludes anything."""
    return any(token in NEGATIONS or token.endswith("n't") for token in tokens(text))


def limits(text: str) -> Counter[str]:
    """How often a text sets a limit of each sort."""
    return Counter({sort: len(re.findall(rf"\b(?:{words})\b", _plain(text))) for sort, words in _LIMITS.items()})


def depths(text: str) -> Counter[str]:
    """The words of a text that ask for reasons, steps, comparisons or consequences."""
    return Counter(re.findall(rf"\b(?:{_DEPTH})\b", _plain(text)))


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")
