"""Colloquia's room of what to make: scenarios, their schema, worlds, and the records' types.

Begin at `schema/scenario.py` and `records.py`.
"""
