"""Colloquia's room of how good a dataset is, measured from its samples alone.

Begin at `diversity.py`.
"""
