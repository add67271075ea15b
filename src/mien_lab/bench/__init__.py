"""Figures about speed, memory and size."""
