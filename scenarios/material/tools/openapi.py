"""Tools out of an OpenAPI document (3.0 or 3.1): each operation is a tool. Nothing is looked up elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from scenarios.errors import ScenarioError, nearest
from scenarios.material.tools.listed import checked, closed, name_of
from scenarios.material.tools.schemas import SchemaReader
from scenarios.material.tools.spec import ArgumentPlace, BodyForm, HttpParameter, HttpReach, ToolSpec

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_READS = {"get", "head", "options", "trace"}
_LONGEST = 4000
_BODY = "body"
"""The argument that is a whole body."""
_JSON = re.compile(r"application/([\w.-]+\+)?json\b|\*/\*|application/\*", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
_HEADERS = {"accept", "content-type", "authorization", "host", "cookie", "content-length", "connection",
            "transfer-encoding", "proxy-authorization"}  # fmt: skip
"""Headers that no model sets."""


def is_openapi(document: Any) -> bool:
    """Whether a document says that it is one of OpenAPI's, of whatever version."""
    return isinstance(document, dict) and ("openapi" in document or "swagger" in document)


def operations_in(
    document: dict[str, Any], where: str, only: Collection[str] = ()
) -> tuple[tuple[ToolSpec, ...], tuple[str, ...]]:
    """The operations of a document as tools, and notes on what of it is not used. `where` names the document. With `only`, the
    operations of these names alone: nothing of the others is looked at.

    An operation is called as its operationId says, or by its method and path. Path, query, header and body come together in
    one object of arguments. Raises ScenarioError.
    """
    version = str(document.get("openapi", ""))
    if "swagger" in document:
        raise ScenarioError(
            f"{where}: is Swagger {str(document['swagger'])[:10]}; OpenAPI 3.0 or 3.1 is read: a converter such as "
            "swagger2openapi makes it of it"
        )
    if not version.startswith(("3.0", "3.1")):
        raise ScenarioError(f"{where}: is OpenAPI {version[:10]!r}; 3.0 and 3.1 are read")
    reader = SchemaReader(document, where)
    book = _Book(document, where, reader, only)
    tools = checked(book.tools(), where)
    if missing := next((name for name in only if name not in book.met), None):
        raise ScenarioError(f"{where}: has no operation '{missing}'{nearest(missing, book.met)}, which 'only' names")
    if not tools:
        raise ScenarioError(f"{where}: has no operation that can be called under 'paths'{_why(book.notes)}")
    return tools, (*book.unused_security(), *book.notes, *reader.notes)


def _why(notes: list[str]) -> str:
    return f": {notes[0]}" if notes else ""


class _Book:
    """A document while it is read."""

    def __init__(self, document: dict[str, Any], where: str, reader: SchemaReader, only: Collection[str]) -> None:
        self.document, self.where, self.reader, self.only = document, where, reader, only
        self.notes: list[str] = []
        self.met: list[str] = []
        """The names of all operations."""

    def tools(self) -> Iterator[ToolSpec]:
        """Every operation that can be called. Raises ScenarioError."""
        paths = self.document.get("paths") or {}
        if not isinstance(paths, dict):
            raise ScenarioError(f"{self.where}: paths: is not a mapping")
        for path, entry in paths.items():
            if not path.startswith("/"):
                continue
            if any(part in {".", ".."} for part in path.split("/")):
                raise ScenarioError(f"{self.where}: {path}: a path may not hold '.' or '..'")
            item = self.reader.resolved(entry or {}, path)
            for method in _METHODS:
                if item.get(method) is not None:
                    place = f"{method.upper()} {path}"
                    operation = self.reader.resolved(item[method], place)
                    name = self._name(operation, method, path, place)
                    self.met.append(name)
                    if self.only and name not in self.only:
                        continue
                    if (tool := self._tool(name, path, method, item, operation, place)) is not None:
                        yield tool

    def unused_security(self) -> Iterator[str]:
        """A note on the document's security schemes, which settings take the place of."""
        components = self.document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        if isinstance(schemes, dict) and schemes:
            yield (
                f"{self.where}: security: {', '.join(map(str, schemes))}: not used; if real calls need a key, name the "
                "environment variable that holds it: tools.api_key_env=NAME"
            )

    def _tool(
        self, name: str, path: str, method: str, item: Mapping[str, Any], operation: Mapping[str, Any], place: str
    ) -> ToolSpec | None:
        properties: dict[str, Any] = {}
        required: list[str] = []
        parameters: dict[str, HttpParameter] = {}
        for told, schema, needed in self._parameters(path, item, operation, place):
            argument = told.name if told.name not in properties else f"{told.place.value}_{told.name}"
            properties[argument], parameters[argument] = schema, told
            if needed or told.place is ArgumentPlace.PATH:
                required.append(argument)
        body = self._body(operation, place, properties, required, parameters)
        if body is None:
            return None
        found = {"type": "object", "properties": properties, **({"required": required} if required else {})}
        return ToolSpec(
            name=name,
            description=_described(operation),
            parameters=closed(found),
            returns=self._returns(operation, place),
            writes=method not in _READS,
            http=HttpReach(
                server=self._server(item, operation), method=method.upper(), path=path, parameters=parameters, body=body
            ),
        )

    def _name(self, operation: Mapping[str, Any], method: str, path: str, place: str) -> str:
        given = operation.get("operationId")
        words = given if given is not None else f"{method}_{path}"
        if not isinstance(words, str) or not (made := re.sub(r"[^a-zA-Z0-9-]+", "_", words).strip("_")):
            raise ScenarioError(f"{self.where}: {place}: operationId {words!r} is no name; write letters and digits")
        if given is None and made == method:
            raise ScenarioError(f"{self.where}: {place}: the operation has no name; give it an operationId")
        return name_of(made[:64], f"{self.where}: {place}")

    def _parameters(
        self, path: str, item: Mapping[str, Any], operation: Mapping[str, Any], place: str
    ) -> Iterator[tuple[HttpParameter, dict[str, Any], bool]]:
        """The parameters of an operation, its own over those of its path, with their schemas and whether they are required."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for one in (*_listed(item, "parameters"), *_listed(operation, "parameters")):
            told = self.reader.resolved(one, f"{place}: parameters")
            name, at = told.get("name"), told.get("in")
            if not isinstance(name, str) or not name or not isinstance(at, str):
                raise ScenarioError(f"{self.where}: {place}: a parameter has no name, or no 'in'")
            found[name, at] = told
        for (name, at), told in found.items():
            where = f"{place}: parameter '{name}'"
            if at == "cookie" or (at == "header" and name.lower() in _HEADERS):
                self.notes.append(f"{where}: is left out: no model sets cookies, or the header {name}")
                continue
            if at not in {"path", "query", "header"}:
                raise ScenarioError(f"{self.where}: {where}: in: {at!r} is none of path, query and header")
            if at == "path" and f"{{{name}}}" not in path:
                raise ScenarioError(f"{self.where}: {where}: the path has no {{{name}}}")
            sent = HttpParameter(place=ArgumentPlace(at), name=name, exploded=_exploded(told, at))
            yield sent, self._typed(told, where), told.get("required") is True
        for name in re.findall(r"\{([^{}]*)\}", path):
            if (name, "path") not in found:
                raise ScenarioError(f"{self.where}: {place}: no parameter describes {{{name}}} of the path")

    def _typed(self, told: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The schema of a parameter, with its description."""
        node, content = told.get("schema"), told.get("content")
        if node is None and isinstance(content, dict) and content:
            media = next(iter(content.values()))
            node = media.get("schema") if isinstance(media, dict) else None
        if node is None:
            raise ScenarioError(f"{self.where}: {where}: has no schema")
        schema = self.reader.schema(node, where)
        if isinstance(told.get("description"), str):
            schema["description"] = " ".join(told["description"].split())[:_LONGEST]
        return schema

    def _body(
        self, operation: Mapping[str, Any], place: str, properties: dict[str, Any], required: list[str],
        parameters: dict[str, HttpParameter],
    ) -> BodyForm | None:  # fmt: skip
        """Enter the arguments of the body; returns its form, or None if no call could make one."""
        if operation.get("requestBody") is None:
            return BodyForm.NONE
        told = self.reader.resolved(operation["requestBody"], f"{place}: requestBody")
        content = told.get("content")
        kinds = content if isinstance(content, dict) else {}
        as_json = next((value for kind, value in kinds.items() if _JSON.match(kind)), None)
        media, needed = as_json or kinds.get(_FORM), told.get("required") is True
        schema = (
            self.reader.schema(media.get("schema") or {}, f"{place}: requestBody") if isinstance(media, dict) else {}
        )
        own = schema.get("properties", {})
        flat = set(schema) <= {"type", "properties", "required", "description", "additionalProperties"}
        if own and flat and not schema.get("additionalProperties") and not set(own) & set(properties):
            properties.update(own)
            parameters.update({name: HttpParameter(place=ArgumentPlace.BODY, name=name) for name in own})
            required += schema.get("required", []) if needed else []
            return BodyForm.FIELDS if as_json else BodyForm.FORM
        if not isinstance(as_json, dict):
            if not needed:
                return BodyForm.NONE
            self.notes.append(f"{place}: is left out: its body is {', '.join(kinds) or 'of no type'}, and not JSON")
            return None
        name = _BODY if _BODY not in properties else "request_body"
        properties[name], parameters[name] = schema, HttpParameter(place=ArgumentPlace.BODY, name=name)
        required += [name] if needed else []
        return BodyForm.WHOLE

    def _returns(self, operation: Mapping[str, Any], place: str) -> dict[str, Any] | None:
        """The schema of what the operation gives if all goes well; None if the document does not say."""
        responses = operation.get("responses")
        if not isinstance(responses, dict):
            return None
        status = next((status for status in sorted(map(str, responses)) if status.startswith("2")), "default")
        if responses.get(status) is None:
            return None
        content = self.reader.resolved(responses[status], f"{place}: responses").get("content")
        if not isinstance(content, dict):
            return None
        media = next((value for kind, value in content.items() if _JSON.match(kind)), None)
        node = media.get("schema") if isinstance(media, dict) else None
        return None if node is None else self.reader.schema(node, f"{place}: responses", gives=True)

    def _server(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
        """The address that the document gives, its variables by their defaults."""
        servers = next((s for s in (_listed(one, "servers") for one in (operation, item, self.document)) if s), [])
        first = servers[0] if servers and isinstance(servers[0], dict) else {}
        url, variables = first.get("url"), first.get("variables")
        if not isinstance(url, str):
            return ""
        for name, plan in variables.items() if isinstance(variables, dict) else ():
            url = url.replace(f"{{{name}}}", str(plan.get("default", "")) if isinstance(plan, dict) else "")
        return url[:500]


def _listed(told: Mapping[str, Any], key: str) -> list[Any]:
    value = told.get(key)
    return value if isinstance(value, list) else []


def _exploded(told: Mapping[str, Any], place: str) -> bool:
    """Whether a list is sent as several parameters: OpenAPI's default in a query."""
    said = told.get("explode")
    return place == "query" and (
        said if isinstance(said, bool) else told.get("style", "form") in {"form", "deepObject"}
    )


def _described(operation: Mapping[str, Any]) -> str:
    parts = (operation.get("summary"), operation.get("description"))
    told = dict.fromkeys(" ".join(part.split()) for part in parts if isinstance(part, str) and part.strip())
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in told)[:_LONGEST]
