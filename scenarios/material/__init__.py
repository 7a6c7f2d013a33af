"""Material: what a conversation is made from beside the scenario itself, packaged here or brought by the user.

`personas.py` reads who speaks.
"""
