"""The cast: every built-in character, each one TOML file in `cast/`."""

from mien.characters.cast import Cast, load_character

__all__ = ["Cast", "load_character"]
