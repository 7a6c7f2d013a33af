"""The roles that judge a sample: how each kind is asked, how its answer is read, and what its word is worth.

Begin at `roles.py`, the table; each kind has a module of its own. What a scenario has to bring for a kind is the table of
`scenarios.schema.roles`.
"""
