"""A small appointment book over HTTP with a state, its OpenAPI document, and answers of a model that works with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.endpoint import Asked, Reply, called, scripted

_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_BODY = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Book", "version": "1"},
    "servers": [{"url": "http://elsewhere.example.org"}],
    "paths": {
        "/slots": {"get": {"operationId": "listSlots", "summary": "All slots.", "responses": {"200": {"description": "them"}}}},
        "/slots/{id}": {
            "put": {
                "operationId": "bookSlot", "summary": "Book a slot.", "parameters": [_ID], "responses": {"200": {"description": "it"}},
                "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
            },
        },
    },
}  # fmt: skip


@contextmanager
def book_server() -> Iterator[str]:
    """The book on a port of its own, with one free slot; gives its address. It refuses with 404, 409 and 422."""
    slots: dict[str, str] = {"S-4107": "taken by Ana Ruiz", "S-4112": "free"}

    class Book(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _reply(self, status: int, value: Any) -> None:
            raw = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            self._reply(200, {"slots": slots})

        def do_PUT(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["name"]
            slot = self.path.rpartition("/")[2]
            if slot not in slots:
                self._reply(404, {"error": f"no slot {slot}"})
            elif not name.strip():
                self._reply(422, {"error": "a name is missing"})
            elif slots[slot] != "free":
                self._reply(409, {"error": f"{slot} is {slots[slot]}"})
            else:
                slots[slot] = f"taken by {name}"
                self._reply(200, {"slot": slot, "state": slots[slot]})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Book)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def at_the_book(asked: Asked) -> Any:
    """What a model answers: it looks before it sets the scene, tries two slots at once, of which one is taken, and says so."""
    properties, last = (asked.schema or {}).get("properties", {}), asked.body["messages"][-1]
    if asked.tools == ["listSlots"] and last["role"] != "tool":
        return Reply(body=called(asked, ("listSlots", {})))
    if asked.tools == ["listSlots"] or "situation" in properties:
        wanted = {"what": "slot", "value": "S-4107", "said": True}
        named = {"what": "name", "value": "Jonas Weber", "said": True}
        parts = {
            "patient": {"goal": "You want a slot.", "facts": [wanted, named]},
            "assistant": {"goal": "", "facts": []},
        }
        return json.dumps({"situation": "A slot is wanted.", "outcome": "Another is booked.", "parts": parts})
    if asked.schema is not None:
        return scripted(asked)
    if "bookSlot" not in asked.tools:
        return (
            "It is Jonas Weber, and I would like S-4107."
            if "first message" in last["content"]
            else "Then that one. [done]"
        )
    results = [message for message in asked.body["messages"] if message["role"] == "tool"]
    if not results:
        return Reply(body=called(asked, ("listSlots", {})))
    if len(results) == 1:
        calls = [("bookSlot", {"id": slot, "name": "Jonas Weber"}) for slot in ("S-4107", "S-4112")]
        return Reply(body=called(asked, *calls))
    return (
        "S-4107 is taken, but S-4112 was free, and I booked it."
        if "Then that one" not in asked.prompt
        else "It stands."
    )
