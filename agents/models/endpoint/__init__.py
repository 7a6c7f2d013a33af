"""An OpenAI-compatible endpoint over HTTP: requests out, replies in, and what each fault means.

Begin at `wire.py` (chat completions) or `embeddings.py`.
"""
