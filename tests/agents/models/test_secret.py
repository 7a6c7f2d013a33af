"""A key that a server gives back in another form shows nowhere."""

from __future__ import annotations

import base64
import codecs
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from agents.models.calls import Answer
from agents.models.endpoint.failures import FailedRequest
from agents.models.endpoint.replies import Reply, read
from agents.models.endpoint.secret import WITHHELD, Secret
from agents.models.endpoint.wire import Wire
from agents.models.faults import FaultKind
from tests.helpers import a_call

KEYS = ["sk-proj-7f3a9c2e5d8b1f4a6c0e", "AIzaSyD4x9_Kq-83hTfP0wLmZb7", "gsk_" + "a1B2" * 12, "eyJhbGciOi.J9" * 20]
CHAT = Wire("http://127.0.0.1:9/v1", "")._chat(a_call().model)
B64: Callable[[str], str] = lambda text: base64.b64encode(text.encode()).decode()  # noqa: E731
FORMS: dict[str, Callable[[str], str]] = {
    "base64": B64,
    "base64 of the header": lambda key: B64(f"Bearer {key}"),
    "base64 of a name and it": lambda key: B64(f"me:{key}"),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64 in a longer one": lambda key: B64(json.dumps({"a": 1, "key": key, "b": 2})),
    "base64 over lines": lambda key: "\n".join(B64(key)[i : i + 8] for i in range(0, 4 * len(key), 8)),
    "base64 twice": lambda key: B64(B64(key)),
    "base32": lambda key: base64.b32encode(key.encode()).decode(),
    "hex": lambda key: key.encode().hex(),
    "HEX": lambda key: key.encode().hex().upper(),
    "hex with spaces": lambda key: key.encode().hex(" "),
    "hex with colons": lambda key: key.encode().hex(":"),
    "\\x": lambda key: "".join(f"\\x{byte:02x}" for byte in key.encode()),
    "0x": lambda key: ", ".join(f"0x{byte:02x}" for byte in key.encode()),
    "percent": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "percent where needed": lambda key: quote(key.replace("-", "/").replace("/", "-"), safe=""),
    "percent twice": lambda key: "".join(f"%25{byte:02X}" for byte in key.encode()),
    "JSON escapes": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "HTML numbers": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "HTML hex": lambda key: "".join(f"&#x{ord(letter):x};" for letter in key),
    "numbers": lambda key: json.dumps(list(key.encode())),
    "octal": lambda key: "".join(f"\\{byte:03o}" for byte in key.encode()),
    "bits": lambda key: " ".join(f"{byte:08b}" for byte in key.encode()),
    "quoted printable": lambda key: "".join(f"={byte:02X}" for byte in key.encode()),
    "reversed": lambda key: key[::-1],
    "rot13": lambda key: codecs.encode(key, "rot13"),
    "upper": str.upper,
    "over lines": lambda key: "\n".join(key[i : i + 7] for i in range(0, len(key), 7)),
    "with spaces": lambda key: " ".join(key),
    "with dashes": lambda key: "-".join(key),
    "with zero widths": lambda key: "\u200b".join(key),
    "in a list": lambda key: json.dumps([key[:8], key[8:]]),
    "letters in a list": lambda key: json.dumps(list(key)),
    "halves apart": lambda key: f"{key[len(key) // 2 :]} comes after {key[: len(key) // 2]}",
    "the first two thirds": lambda key: key[: len(key) * 2 // 3 + 1],
    "the last two thirds": lambda key: key[len(key) // 3 :],
    "full width": lambda key: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in key),
    "UTF-16": lambda key: B64(key.encode("utf-16-le").decode("latin1")),
    "in HTML": lambda key: html.escape(f"<b>{key}</b>"),
}


def readable(key: str, text: str) -> bool:
    """Whether half of a key, in any of the forms, can be read out of a text."""
    squeezed = "".join(letter for letter in text if letter.isalnum()).lower()
    half = len(key) * 2 // 3
    return any(
        "".join(letter for letter in write(part) if letter.isalnum()).lower()[3:-4] in squeezed
        for write in FORMS.values()
        for part in (key[:half], key[-half:])
    )


def reading(body: Any, key: str, status: int = 200, headers: dict[str, str] | None = None) -> Answer | FailedRequest:
    """Read a reply to a call with a key."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return read(Reply(status, raw, headers or {}), a_call(), Secret(key), CHAT.text_of)


@pytest.mark.parametrize("key", KEYS, ids=["openai", "google", "groq", "jwt"])
@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_key_is_in_an_error_or_an_answer(form: str, key: str) -> None:
    told = FORMS[form](key)
    for status, body in (
        (400, {"error": {"message": f"who is {told}, please?"}}),
        (500, f"trace: {told}".encode()),
        (401, {"error": {"message": "x" * 250 + " " + told}}),
        (200, {"error": {"message": told}}),
        (429, {"error": {"message": "no", "metadata": {"raw": told}}}),
    ):
        found = reading(body, key, status)
        assert isinstance(found, FailedRequest)
        assert not readable(key, found.text), found.text
    found = reading(b"", key, 307, {"Location": f"https://elsewhere.org/?k={told}"})
    assert isinstance(found, FailedRequest)
    assert not readable(key, found.text)
    body = {"choices": [{"message": {"role": "assistant", "content": f"It is {told}."}, "finish_reason": "stop"}]}
    found = reading(body, key)
    assert not readable(key, found.text)
    assert key not in repr(found)


@pytest.mark.parametrize("key", ["none", "EMPTY", "sk-no-key-required", "my-company-gateway-key", "token-abc123"])
def test_a_key_of_words_withholds_no_words(key: str) -> None:
    text = "None of the company's API keys is required here, and no key is: a token, an empty gateway; abc."
    assert Secret(key).out_of(text) in {text, text.replace(key, "***")}
    assert not Secret(key).shows_in(text)


def test_text_without_the_key_stays() -> None:
    texts = [
        "The parcel QP-3655 leaves on Friday at 12:30.", "deadbeef 0123456789abcdef", "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
        "HTTP 500: CUDA out of memory, tried to allocate 20.00 MiB", "sk-proj-********c0e is not a key", "早上好",
    ]  # fmt: skip
    for key in KEYS:
        secret = Secret(key)
        for text in texts:
            assert secret.out_of(text) == text
            assert not secret.shows_in(text)


def test_an_answer_with_the_key_in_another_form_is_declined_and_says_so() -> None:
    body = {"choices": [{"message": {"role": "assistant", "content": B64(KEYS[0])}, "finish_reason": "stop"}]}
    found = reading(body, KEYS[0])
    assert isinstance(found, FailedRequest)
    assert (found.kind, found.text) == (FaultKind.DECLINED, "the answer holds the key, in another form")
    assert Secret(KEYS[0]).out_of(B64(KEYS[0])) == WITHHELD
