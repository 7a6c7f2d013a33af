"""Checks of evolved instructions: what an instruction asks for, and what became of it.

Begin at `evolution.py`.
"""
