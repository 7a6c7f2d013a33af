"""Checks of free conversations that compute: exact facts, private knowledge, how it ends, what is cited."""
