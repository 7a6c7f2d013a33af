"""Tests of the proof of dialogues in worlds."""
