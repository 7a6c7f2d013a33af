"""What a scenario file may say: frozen models that reject unknown keys.

Begin at `scenario.py` (the whole file), then `plans.py` (its roles, turns, fields, facts).
"""
