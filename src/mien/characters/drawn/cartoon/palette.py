"""The colours of one character and the shades that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

from mien.characters.drawn.colour import mix_colours, shade, to_oklab
from mien.characters.drawn.spec import Table
from mien.errors import BadFile, UnknownName


@dataclass(frozen=True, slots=True)
class Palette:
    """Named colours, `#rrggbb`; `paint` also makes shades of them: "hair-10" is 0.10 darker, "hair+8" 0.08 lighter."""

    colours: dict[str, str]
    source: str

    def __getitem__(self, name: str) -> str:
        return self.colours[name]

    def paint(self, name: str) -> str:
        """A colour by name, shade of a name, or `#rrggbb`. Raises `BadFile`."""
        if name.startswith("#"):
            return name
        for sign in "+-":
            base, found, amount = name.partition(sign)
            if found and base in self.colours and amount.isdigit():
                step = int(amount) / 100.0 * (1 if sign == "+" else -1)
                return shade(self.colours[base], step, chroma=1.06 if step < 0 else 0.98, hue_deg=4.0 * step / 0.1)
        if name not in self.colours:
            raise BadFile(f"{self.source}: {UnknownName.among('colour', name, self.colours)}")
        return self.colours[name]


def read_palette(table: Table, source: str) -> Palette:
    """Read `[colours]`; every key beyond the known ones is a colour of the character's own."""
    skin = table.colour("skin")
    hair = table.colour("hair")
    lightness = to_oklab(skin)[0]
    dark = lightness < 0.62
    # Shadows on skin are warm; pale skin has too little colour of its own to make them so.
    shadow, deep = shade(skin, -0.085, chroma=1.16, hue_deg=-9.0), shade(skin, -0.17, chroma=1.14, hue_deg=-14.0)
    if not dark:
        pale = min(max((lightness - 0.72) / 0.18, 0.0), 1.0)
        shadow = mix_colours(shadow, "#e0866a", 0.30 * pale)
        deep = mix_colours(deep, "#bf6450", 0.38 * pale)
    line = shade(skin, -0.30 if dark else -0.42, chroma=0.85, hue_deg=-16.0)
    colours = {
        "skin": skin,
        "hair": hair,
        "skin_light": shade(skin, 0.045 if not dark else 0.06, chroma=0.98, hue_deg=3.0),
        "skin_shadow": table.colour("skin_shadow", shadow),
        "skin_deep": deep,
        "line": table.colour("line", line),
        "blush": table.colour("blush", mix_colours(shade(skin, -0.03), "#e8432f" if not dark else "#b5281e", 0.42)),
        "lips": table.colour("lips", mix_colours(shade(skin, -0.08), "#c0303c", 0.35)),
        "brow": table.colour("brow", shade(hair, -0.06)),
        "lash": table.colour("lash", shade(hair, -0.16, chroma=0.6) if to_oklab(hair)[0] < 0.6 else line),
        "iris": table.colour("iris"),
        "sclera": table.colour("sclera", "#fdfbf7"),
        "teeth": table.colour("teeth", "#fffdf6"),
        "mouth": table.colour("mouth", "#4b0f1c"),
        "tongue": table.colour("tongue", "#e8677a"),
        "clothes": table.colour("clothes"),
        "background": table.colour("background"),
    }
    for key, _ in table.items():
        colours.setdefault(key, table.colour(key))
    return Palette(colours, source)
