"""Checks of samples whose plan a model made, in a field of its own: whether the plan is sound, and what was made of it.

The planned values are drawn by nobody else, so these checks read them from the field `plan`, not from the brief.
"""
