"""Checks of extracted JSON: its schema, and that every value stands in the text.

Begin at `extraction.py`.
"""
