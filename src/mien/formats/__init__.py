"""Files of other programs: one module each, `read` and `write` side by side."""
