"""The cast: every built-in character, each one TOML file in `cast/`; and those that users draw, sculpt or bring."""

from mien.characters.cast import Cast, build, info_of, read_spec

__all__ = ["Cast", "build", "info_of", "read_spec"]
