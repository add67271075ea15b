"""Nouns and pure maths of the project; needs numpy alone."""
