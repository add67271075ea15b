"""The anime look: the cartoon's engine with large eyes, ink lines, hard shadows, and signs of its own."""
