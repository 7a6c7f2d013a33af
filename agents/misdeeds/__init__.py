"""Wrong players: right dialogues with one known misdeed in each, to see that the proof names it."""
