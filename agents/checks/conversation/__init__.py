"""Checks of free conversations."""
