"""Colloquia's room of who speaks: roles, prompts, dialogues, checks, and how a model is reached.

Begin at `steps.py`.
"""
