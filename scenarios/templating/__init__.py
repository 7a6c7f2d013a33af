"""The language of templates: Jinja in its sandbox, bounded in steps, size and depth, printing texts and numbers only.

Begin at `environment.py`. A template is a part of a scenario, which may come from anybody: whatever it says, rendering it ends
soon, in a text or in an error.
"""
