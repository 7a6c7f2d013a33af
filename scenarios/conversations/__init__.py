"""What a free conversation has by default, and how a short scenario becomes a whole one.

Begin at `defaults.yaml`: the axes, roles, questions and checks that a scenario need not write. `expanding.py` puts them under what
the scenario says; `prompts/` has the prompts.
"""
