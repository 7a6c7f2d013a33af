"""How speakers hold a dialogue: an AutoGen team chooses who speaks, the gateway gives the words.

Begin at `planned.py` (a list of turns) or `world.py` (tools and no plan); both run in `team.py`.
"""
