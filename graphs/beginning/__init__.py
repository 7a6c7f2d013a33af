"""How a scenario begins: the user's files brought into its folder, its text with each guess marked, a few samples to look at.

Begin at `folder.py`, which writes it all. `material.py` finds and copies files, `text.py` is what scenario.yaml says,
`fitting.py` makes of a model's guess what a scenario can say, `samples.py` makes the samples.
"""
