"""Checks of dialogues over a text: citations, and whether the cited words support the answer.

Begin at `grounding.py`.
"""
