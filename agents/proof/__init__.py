"""The proof of a dialogue that plays in a world: what can be computed about it from its record alone."""
