"""Which excerpts ground one conversation together. Pure, and the same for the same excerpts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from scenarios.material.documents.blocks import sign, words_in
from scenarios.material.documents.excerpt import Excerpt

_NEXT, _SAME = 0.15, 0.05
"""What being the neighbour in a document, or being in the same one, adds to the likeness of words (0 to 1)."""


def related(passages: Sequence[Excerpt], first: str, count: int, most_of_one: int | None = None) -> tuple[Excerpt, ...]:
    """The `count` excerpts that go best with the one whose id is `first`, best first: those that share its rare words, its
    neighbours and others of its document before strangers; with `first`, at most `most_of_one` of any document. Fewer if there are
    fewer. Raises KeyError for an unknown id.
    """
    given = tuple(passages)
    place = next((number for number, one in enumerate(given) if one.id == first), None)
    if place is None:
        raise KeyError(first)
    vectors = _vectors(given)
    own = given[place]

    def score(number: int) -> float:
        one = given[number]
        same = one.document == own.document
        near = _NEXT if same and abs(number - place) == 1 else _SAME if same else 0.0
        return round(_dot(vectors[place], vectors[number]) + near, 9)

    others = sorted((n for n in range(len(given)) if n != place), key=lambda n: (-score(n), abs(n - place), n))
    if most_of_one is not None:
        others = _spread(others, [one.document for one in given], own.document, most_of_one)
    return tuple(given[number] for number in others[: max(0, count)])


def _spread(places: Sequence[int], documents: Sequence[str], own: str, most: int) -> list[int]:
    """The places in their order, without those of a document that has as many before them as are possible."""
    kept, count = list[int](), Counter([own])
    for place in places:
        if count[documents[place]] < most:
            count[documents[place]] += 1
            kept.append(place)
    return kept


@lru_cache(maxsize=4)
def _vectors(passages: tuple[Excerpt, ...]) -> tuple[Mapping[str, float], ...]:
    """Each excerpt's terms weighed by how often and how rare they are, of length 1."""
    counts = [Counter(_terms(f"{one.title}\n{one.text}")) for one in passages]
    met = Counter(term for terms in counts for term in terms)
    found = []
    for terms in counts:
        weighed = {
            term: (1 + math.log(many)) * math.log((1 + len(passages)) / (0.5 + met[term]))
            for term, many in terms.items()
        }
        size = math.sqrt(math.fsum(weight * weight for weight in weighed.values())) or 1.0
        found.append({term: weight / size for term, weight in weighed.items()})
    return tuple(found)


def _terms(text: str) -> list[str]:
    """The words; of scripts without spaces, pairs of signs."""
    found = words_in(text)
    pairs = [one + other for one, other in pairwise(found) if sign(one) and sign(other)]
    return [word for word in found if not sign(word)] + pairs


def _dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return math.fsum(weight * large[term] for term, weight in small.items() if term in large)
