"""Worlds: what a dialogue can play in."""
