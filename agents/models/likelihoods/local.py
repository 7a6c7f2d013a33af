"""The transport to weights in this process: torch on the CPU says how likely texts are."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from agents.models.calls import Answer, Call
from agents.models.faults import Fault, FaultKind
from agents.models.likelihoods.reading import ScoredText
from agents.models.likelihoods.weights import CausalWeights, check_torch, load_weights
from scenarios.errors import ModelUnavailable
from scenarios.records import Usage


class LocalLikelihoods:
    """Says how likely texts are, one at a time, in a thread. The weights are loaded for the first one."""

    def __init__(self, path: Path) -> None:
        """`path` is a GGUF file. Raises ModelUnavailable if the extra is missing."""
        check_torch("llm.backend=embedded")
        self._path = path
        self._weights: CausalWeights | None = None
        self._one = asyncio.Lock()

    async def send(self, call: Call) -> Answer:
        """The tokens of `call.texts` put together, each with its log-probability: the answer's text is a ScoredText in JSON. Raises
        Fault, and ModelUnavailable if the weights cannot be loaded."""
        async with self._one:
            found = await asyncio.to_thread(self._scored, "".join(call.texts))
        usage = Usage(calls=1, prompt_tokens=len(found.tokens), completion_tokens=0)
        return Answer(text=found.model_dump_json(), usage=usage)

    async def close(self) -> None:
        """Let go of the weights."""
        self._weights = None

    def _scored(self, text: str) -> ScoredText:
        weights = self._weights = self._weights or load_weights(self._path, "llm.gguf")
        ids = weights.tokenized(text).ids
        if weights.longest is not None and len(ids) > weights.longest:
            raise Fault(FaultKind.DECLINED, f"a text of {len(ids)} tokens, and the model reads {weights.longest}")
        logprobs = tuple(None if one is None else self._checked(one) for one in weights.logprobs(ids))
        return ScoredText(tokens=weights.words(ids), logprobs=logprobs)

    def _checked(self, value: float) -> float:
        if not math.isfinite(value):
            raise ModelUnavailable(f"llm.gguf={self._path}: its model gives a token no probability; give other weights")
        return min(0.0, value)
