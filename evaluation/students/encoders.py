"""Which vectors students learn from."""

from __future__ import annotations

from enum import StrEnum

from evaluation.students.encoder import MiniLM
from memory.vectors.embedding import Embedding, WordLlamaEmbedding


class Encoder(StrEnum):
    """What turns texts into vectors."""

    WORDLLAMA = "wordllama"
    MINILM = "minilm"

    def embedding(self) -> Embedding:
        """The encoder itself. Raises ModelUnavailable if its package is missing."""
        return MiniLM() if self is Encoder.MINILM else WordLlamaEmbedding()
