"""The scenarios that ship, a folder each: `scenario=support` finds `support/scenario.yaml`. No code lives here.

Begin at `support/scenario.yaml`.
"""
