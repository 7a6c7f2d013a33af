"""From `key=value` words to what a run works with: settings, models, checked templates.

Begin at `schema.py` (every key with its default).
"""
