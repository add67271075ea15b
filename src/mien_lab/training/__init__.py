"""Fitting of the networks that come with mien."""
