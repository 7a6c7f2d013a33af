"""Colloquia's room of what is remembered: the journal, the archive in Chroma, vectors and words.

Begin at `journal/journal.py`.
"""
