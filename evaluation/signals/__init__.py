"""Signals: numbers about samples that point at the doubtful ones. Pure functions over vectors, labels and records.

Begin at `dynamics.py`.
"""
