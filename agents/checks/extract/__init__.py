"""Checks of extracted JSON: its schema, and that every value stands in the text.

Begin at `extraction.py`; for schemas and values that a model made, at `nested.py`.
"""
