"""Filters that templates have beside those of Jinja. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_OWN = "x-"
"""What keywords of a schema begin with that are ours."""
_SAYS_AN = re.compile(
    r"(?:8|11(?!\d)|18(?!\d)|[aeio]|u(?!ni|s[aeiu]|ti|ra\b|k)|hour|honest|honou?r|heir)", re.IGNORECASE
)
_SAYS_A = re.compile(r"(?:eu|one\b|once\b|ewe)", re.IGNORECASE)
_LETTERS = re.compile(r"[AEFHILMNORSX](?:[A-Z]*\b|-)")
"""Letters that are read by their names: an X-ray, an MP."""


def an(noun: str) -> str:
    """The noun behind its indefinite article: 'a dog', 'an hour', 'an X-ray'."""
    with_n = _LETTERS.match(noun) or (_SAYS_AN.match(noun) and not _SAYS_A.match(noun))
    return f"{'an' if with_n else 'a'} {noun}"


def public_schema(schema: str) -> str:
    """A JSON schema without the keywords of our own, which begin with `x-`: what a model may be shown. Raises ValueError if it is
    no JSON."""
    return json.dumps(_public(json.loads(schema)), ensure_ascii=False)


def _public(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _public(value) for key, value in part.items() if not key.startswith(_OWN)}
    return [_public(one) for one in part] if isinstance(part, list) else part


FILTERS: Mapping[str, Callable[..., str]] = MappingProxyType({"an": an, "public_schema": public_schema})
"""By the names that templates use."""
