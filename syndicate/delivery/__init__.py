"""Carry a digest to its subscribers."""
