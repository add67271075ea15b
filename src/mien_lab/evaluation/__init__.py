"""Figures about quality, on data that took no part in fitting."""
