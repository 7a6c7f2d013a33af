"""JSON schemas out of documents that others wrote: references written out, old keywords in today's form, within bounds."""

from __future__ import annotations

from typing import Any

import jsonschema
import regex
from referencing import Registry, Resource
from referencing.exceptions import PointerToNowhere, Unresolvable

from scenarios.errors import ScenarioError

_MOST_NODES = 50_000
"""Parts of all schemas of a document together, with every reference written out."""
_MOST_DEPTH = 24
_PLAIN = frozenset(
    {
        "type", "enum", "const", "format", "description", "required", "minItems", "maxItems", "uniqueItems", "minLength",
        "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "default",
        "minProperties", "maxProperties",
    }
)  # fmt: skip
_MOST_NUMBER = 10**308
_NULLABLE = {"const", "default"}
"""Keywords that may say null."""
_ONE = ("items", "not", "additionalProperties")
_MANY = ("oneOf", "anyOf", "allOf", "prefixItems")


class SchemaReader:
    """Reads the schemas of one document. `notes` gathers what was left out, in words.

    A reference is looked up in the document and nowhere else. Where one leads back into itself, the inner schema says its
    type and no more.
    """

    def __init__(self, document: Any, where: str) -> None:
        """`where` names the document in errors."""
        self.where = where
        self.notes: list[str] = []
        self._left = _MOST_NODES
        self._document = Resource.opaque(document)
        self._registry: Registry[Any] = Registry()

    def resolved(self, node: Any, place: str) -> dict[str, Any]:
        """A mapping, with what it refers to in its place. Raises ScenarioError."""
        met: list[str] = []
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            if node["$ref"] in met:
                raise ScenarioError(f"{self.where}: {place}: $ref {node['$ref'][:200]!r} leads back to itself")
            met.append(node["$ref"])
            node = self._target(node["$ref"], place)
        if not isinstance(node, dict):
            raise ScenarioError(f"{self.where}: {place}: is not a mapping")
        return node

    def schema(self, node: Any, place: str, *, gives: bool = False) -> dict[str, Any]:
        """A schema in full. With `gives` it is that of a result, else that of arguments. Raises ScenarioError."""
        found = self._schema(node, place, "writeOnly" if gives else "readOnly", ())
        try:
            jsonschema.Draft202012Validator.check_schema(found)
        except jsonschema.SchemaError as error:
            at = ".".join(map(str, error.absolute_path))
            raise ScenarioError(
                f"{self.where}: {place}: is no JSON schema: {at and f'{at}: '}{error.message[:200]}"
            ) from None
        return found

    def _target(self, reference: str, place: str) -> Any:
        if not reference.startswith("#"):
            raise ScenarioError(
                f"{self.where}: {place}: $ref {reference[:200]!r} leads out of the document, and nothing is looked up "
                "elsewhere; put what it stands for into the document"
            )
        try:
            return self._document.pointer(reference[1:], self._registry.resolver()).contents
        except (PointerToNowhere, Unresolvable, ValueError, TypeError, KeyError, IndexError):
            raise ScenarioError(
                f"{self.where}: {place}: $ref {reference[:200]!r} stands for nothing in the document"
            ) from None

    def _schema(self, node: Any, place: str, hidden: str, met: tuple[str, ...]) -> dict[str, Any]:
        self._left -= 1
        if self._left < 0 or len(met) > _MOST_DEPTH:
            raise ScenarioError(
                f"{self.where}: {place}: the schemas are too large, or too deeply nested, with every $ref written out"
            )
        if isinstance(node, bool):
            return {} if node else {"not": {}}
        if not isinstance(node, dict):
            raise ScenarioError(f"{self.where}: {place}: is no JSON schema, which is a mapping")
        met = (*met, "")
        if isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            target = self._target(reference, place)
            if reference in met:
                kind = target.get("type") if isinstance(target, dict) else None
                return {"type": kind} if isinstance(kind, str) else {}
            beside = {key: value for key, value in node.items() if key == "description"}
            return {**self._schema(target, place, hidden, (*met, reference)), **beside}
        found: dict[str, Any] = {
            key: _writable(value)
            for key, value in node.items()
            if key in _PLAIN and (value is not None or key in _NULLABLE)
        }
        self._renewed(node, found)
        self._check_pattern(found, place)
        for key in _ONE:
            if isinstance(node.get(key), bool) and key != "not":
                found[key] = node[key]
            elif key in node:
                found[key] = self._schema(node[key], place, hidden, met)
        for key in _MANY:
            if isinstance(node.get(key), list):
                found[key] = [self._schema(each, place, hidden, met) for each in node[key]]
        if isinstance(node.get("properties"), dict):
            self._properties(node["properties"], found, place, hidden, met)
        return found

    def _properties(
        self, properties: dict[str, Any], found: dict[str, Any], place: str, hidden: str, met: tuple[str, ...]
    ) -> None:
        """The properties of an object but those that stand on the other way alone."""
        shown = {name: each for name, each in properties.items() if not (isinstance(each, dict) and each.get(hidden))}
        found["properties"] = {
            str(name): self._schema(each, f"{place}.{name}", hidden, met) for name, each in shown.items()
        }
        if isinstance(found.get("required"), list):
            found["required"] = [name for name in found["required"] if name not in properties or name in shown]
            if not found["required"]:
                del found["required"]

    def _renewed(self, node: dict[str, Any], found: dict[str, Any]) -> None:
        """Put what OpenAPI 3.0 and older drafts say in their own way as JSON Schema says it today, whatever version the document
        names: many mix them."""
        if found.get("required") in (True, False):
            del found["required"]
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and bound in found:
                found[exclusive] = found.pop(bound)
        if node.get("nullable") is True and isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
            if isinstance(found.get("enum"), list) and None not in found["enum"]:
                found["enum"] = [*found["enum"], None]

    def _check_pattern(self, found: dict[str, Any], place: str) -> None:
        """Leave a pattern out that cannot be matched here, and say so."""
        if not isinstance(found.get("pattern"), str):
            return
        try:
            regex.compile(found["pattern"])
        except regex.error:
            self.notes.append(f"{place}: the pattern {found.pop('pattern')[:80]!r} cannot be read and is not checked")


def _writable(value: Any) -> Any:
    """A keyword's value with whole numbers beyond 64 bits as broken ones: with others no key of a call can be made."""
    if isinstance(value, dict):
        return {name: _writable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_writable(each) for each in value]
    whole = isinstance(value, int) and abs(value) >= 2**63
    return float(min(max(value, -_MOST_NUMBER), _MOST_NUMBER)) if whole else value
