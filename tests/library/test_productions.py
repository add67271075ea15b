"""What a library keeps about productions, and which of its assets are nearly the same."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from takes import items

from mien.core.asset import Asset
from mien.core.expression import Expression
from mien.core.looks import look
from mien.errors import InputError, UnknownName
from mien.library import Event, Library, Production


def test_settings_survive_and_are_the_usual_ones_where_nothing_was_said(library):
    assert library.production("Night Bus") == Production()
    told = Production(weights={"emotion": 0.6}, learning="off", learn_after=7)
    library.set_production("Night Bus", told)
    library.set_production("Night Bus", told)
    with Library.open(library.path) as other:
        assert other.production("Night Bus") == told
        assert other.production("night bus") == Production()
    with pytest.raises(InputError):
        library.set_production(" ", told)
    with pytest.raises(UnknownName, match="auto"):
        Production(learning="always")


def test_events_can_be_asked_for_by_number_production_and_kind(library):
    for kind, production in (("searched", "A"), ("rated", "A"), ("selected", "B")):
        library.log(Event(kind, "x", production=production))
    first, second, third = library.events()
    assert first.seq < second.seq < third.seq == library.last_event()
    assert [e.kind for e in library.events(production="A")] == ["searched", "rated"]
    assert library.events(after=second.seq) == [third]
    assert [e.kind for e in library.events(kinds=("rated",))] == ["rated"]
    assert library.last_event(production="A", kinds=("rated",)) == second.seq
    assert library.last_event(production="C") == 0


def test_an_id_may_be_shortened_to_what_is_unique(filled):
    whole = filled.snapshot().ids[0].decode()
    assert filled.full_id(whole) == whole
    assert filled.full_id(whole[:10].upper()) == whole
    for wrong in (whole[:4], "zzzzzzzz", "", "%%%%%%%%"):
        with pytest.raises(UnknownName):
            filled.full_id(wrong)


def shot(seed, size=32):
    """A picture with something on it, encoded."""
    pixels = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).resize((size, size)).save(buffer, "PNG")
    return buffer.getvalue()


def test_near_duplicates_are_the_same_face_of_the_same_character_in_the_same_shot(library):
    smile = look("happiness").coefficients
    rng = np.random.default_rng(1)
    held = [Expression(np.clip(smile + rng.normal(0, 0.003, 52), 0, 1)) for _ in range(4)]
    takes = [(Asset("", e, character="mika", frame=i), shot(1)) for i, e in enumerate(held)]
    takes += [
        (Asset("", held[0], character="otto"), shot(1)),  # somebody else
        (Asset("", held[0], character="mika", shot="sh2"), shot(2)),  # another picture
        (Asset("", look("anger"), character="mika", frame=99), shot(1)),  # another face
        (Asset("", held[0], character="mika", frame=98, face=(0.0, 0.0, 0.2, 0.2)), shot(1)),  # another of its people
    ]
    vectors = [vector for _, _, vector in items(len(takes))]
    ids = library.add_many((a, p, v) for (a, p), v in zip(takes, vectors, strict=True)).ids
    (group,) = library.duplicates(near=0.95)
    assert {asset_id for asset_id, _ in group} == set(ids[:4])
    assert group[0][1] == 1.0
    assert all(0.95 <= alike <= 1.0 for _, alike in group)
    assert library.duplicates(near=1.0) == []
