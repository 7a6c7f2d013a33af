"""Tests of scenarios/conversations."""
