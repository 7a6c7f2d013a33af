"""Words by what they do to a sentence: data of the checks that compare what is said with what a text says."""

from __future__ import annotations

from agents.text.stems import stem


def listed(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


FREE = listed("""a an the this that these those it its they them their he she his her him we our us you your i my me and or but
    so as of to in on at by for from with into onto than then there here be is are was were been being am do does did
    done have has had having will would also which who whom whose what when where why how if because while during
    about around roughly approximately nearly almost until till before after since over under between through across
    along up down out off per within can could may might must shall should not no never cannot nor neither too very
    both such own it's that's there's s o'clock whether""")
"""Words without weight of their own. Those among them that turn a claim around are checked by themselves."""
CARRIERS = frozenset(
    stem(word)
    for word in listed("""text page notice note passage article leaflet say state tell mention according people person someone
    place time reason happen take get go located situated called thing way""")
)
"""Words that add no fact."""
ALIKE = tuple(
    frozenset(map(stem, listed(group)))
    for group in (
        "start begin", "end finish stop", "cost price pay", "buy purchase", "big large", "small little", "close shut",
        "need require", "visitor guest", "child kid", "leave depart", "arrive reach come", "repair mend fix",
        "build construct", "photo photograph picture", "bike bicycle", "allow permit let", "forbid ban prohibit",
        "keep store", "carry bring transport", "quick fast", "daily day", "yearly annual year", "weekly week",
        "monthly month", "hourly hour", "use", "every each all", "only just", "usually normally mostly", "make produce",
        "lie stand", "show display", "collect fetch", "stay remain", "speak talk", "entry admission", "ticket",
    )
)  # fmt: skip
OPPOSITES = tuple(
    (stem(left), stem(right))
    for left, right in (
        pair.split()
        for pair in (
            "open close", "open shut", "before after", "from to", "above below", "over under", "inside outside",
            "left right", "up down", "start end", "begin end", "begin finish", "allow forbid", "free paid", "arrive leave",
            "more less", "more fewer", "early late", "earlier later", "high low", "hot cold", "warm cold", "wet dry", "full empty",
            "old new", "old young", "first last", "buy sell", "lend borrow", "push pull", "raise lower", "summer winter",
            "north south", "east west", "day night", "morning evening", "with without", "upper lower", "top bottom",
            "long short", "big small", "large small", "fast slow", "quick slow", "heavy light", "rise fall", "fill empty",
        )
    )
)  # fmt: skip
NEGATIONS = listed("not no never none nobody nothing without cannot neither nor hardly")
DATES = listed("""monday tuesday wednesday thursday friday saturday sunday weekday weekend january february march april june july
    august september october november december spring summer autumn winter noon midnight today tomorrow yesterday
    christmas easter""")
QUANTITIES = listed("""all every each always only just any most many few several some half twice double once whole entire dozen
    hundred thousand million pair couple first last next main usually normally mostly sometimes often rarely seldom
    everyone everybody everything daily weekly monthly yearly am pm""")
HEDGES = listed("only some most few many usually normally mostly sometimes often rarely seldom half except unless")
ADJECTIVES = listed("""old new young big large small long short high low tall deep wide narrow fast slow quick early late cheap
    dear near far warm cold hot cool dry wet hard soft heavy light strong weak dark bright rich poor clean thick thin
    great fine full safe rare busy easy""")
DEGREES = frozenset(
    form
    for word in ADJECTIVES
    for base in {word, word[:-1] + "i" if word.endswith("y") else word, word + word[-1], word.removesuffix("e")}
    for form in (base + "er", base + "est")
) | listed("more less fewer least better best worse worst further farthest")
BOUNDS = {
    "about": "about", "around": "about", "roughly": "about", "nearly": "about", "almost": "about",
    "approximately": "about", "until": "until", "till": "until", "before": "until", "by": "until", "after": "after",
    "over": "more", "least": "more", "more": "more", "under": "less", "most": "less", "less": "less", "fewer": "less",
    "to": "to", "every": "every", "each": "every", "past": "after",
}  # fmt: skip
DECLINING = frozenset(
    map(
        stem,
        listed("""say tell mention state give cover explain nothing word mention find text page notice note passage article
        leaflet sorry afraid unfortunately information answer question know about regarding that"""),
    )
)
ASKING = frozenset(
    map(
        stem,
        listed("""please tell know thank hello hi excuse me wonder like ask question one more also then say exactly good wanted
        want understand read see find learn curious interested sure ok okay great thanks got it page text notice quickly
        just briefly could would can do you i and so now help still idea any"""),
    )
)
KINDS = {
    "when": ("when", "what time", "at what time", "which day", "what day", "what date", "what year", "which year", "which month"),
    "where": ("where", "in which", "what place", "which place"),
    "who": ("who", "whom", "which person"),
    "why": ("why", "what for", "for what reason", "what is the reason"),
    "how much": ("how much", "what does", "what is the price", "what price"),
    "how many": ("how many", "what number"),
    "how long": ("how long",),
    "how often": ("how often",),
    "how": ("how", "in what way", "what way"),
    "what": ("what", "which"),
    "which": ("which", "what"),
}  # fmt: skip
