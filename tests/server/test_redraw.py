"""A picture of a character without a rig: redrawn in one request, refused in one sentence, nothing kept."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from fake_studio import ASSET, picture_bytes
from PIL import Image
from test_refusals import problem

from mien.core.style import built_in_styles, unbound

REDRAW = "/api/v1/redraw"


def test_a_picture_comes_back_with_another_expression_and_how_sure_it_is(client, studio, photo, smile):
    answer = client.post(REDRAW, files=photo, data={"expression": json.dumps(smile)})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["style"] == "anime"
    assert told["target"]["reading"]["schema"] == "mien.reading/1"
    drawn = told["drawn"]
    assert drawn["seen"] == 0.5
    assert 0 < drawn["confidence"] <= 1
    assert drawn["notes"] == ["Note."]
    # Inside the style's range, and held back by it.
    assert 0 < drawn["bounded"]["mouthSmileLeft"] < 1
    assert (drawn["attention"]["side"], set(drawn["attention"]["maps"])) == (24, {"looked", "changed"})
    assert max(drawn["attention"]["maps"]["looked"]) == 255
    head, _, data = drawn["picture"].partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (64, 64)
        assert np.asarray(picture).max() == 135
    assert studio.drawn[0][1] is False


def test_without_an_expression_it_is_only_judged(client, studio, photo):
    told = client.post(REDRAW, files=photo).json()
    assert told["drawn"] is None
    assert studio.drawn == []


def test_what_an_asset_shows_is_freed_from_its_style_and_drawn_as_it_is(client, studio, photo):
    assert client.post(REDRAW, files=photo, data={"asset": ASSET.id}).status_code == 200
    (expression, exact) = studio.drawn[0]
    free = unbound(ASSET.expression.coefficients, built_in_styles()["anime"])
    assert expression.coefficients == pytest.approx(free)
    assert exact


def test_a_smaller_picture_is_sent_where_that_is_enough(client, smile):
    files = {"picture": ("large.png", picture_bytes(300))}
    told = client.post(REDRAW, files=files, data={"expression": json.dumps(smile), "size": "100"}).json()
    with Image.open(io.BytesIO(base64.b64decode(told["drawn"]["picture"].partition(",")[2]))) as picture:
        assert picture.size == (100, 100)


@pytest.mark.parametrize(
    ("picture", "data", "expected"),
    [
        (b"just some words", {}, (415, "NotAPicture")),
        (picture_bytes(8), {}, (422, "NoFaceFound")),
        (picture_bytes(500), {}, (422, "SeveralFaces")),
        (picture_bytes(), {"expression": "{"}, (422, "BadRequest")),
        (picture_bytes(), {"expression": '{"coefficients": {"jawOpen": 1.5}}'}, (422, "BadRequest")),
        (picture_bytes(), {"expression": '{"coefficients": {"smile": 1}}'}, (404, "UnknownName")),
        (picture_bytes(), {"expression": "x" * 17_000}, (422, "InputError")),
        (picture_bytes(), {"expression": '{"coefficients": {}}', "looks_like": "clay"}, (404, "UnknownName")),
        (picture_bytes(), {"expression": '{"coefficients": {}}', "asset": "a"}, (422, "InputError")),
        (picture_bytes(), {"asset": "none"}, (404, "UnknownName")),
        (picture_bytes(), {"size": "9999"}, (422, "InputError")),
        (picture_bytes(), {"exact": "perhaps"}, (422, "InputError")),
        (picture_bytes(), {"face": "0"}, (422, "InputError")),
        (picture_bytes(), {"to": "mika"}, (422, "InputError")),
    ],
)
def test_refusals(client, picture, data, expected):
    assert problem(client.post(REDRAW, files={"picture": ("a.png", picture)}, data=data)) == expected


def test_a_face_that_is_named_settles_who_is_meant(client):
    files = {"picture": ("two.png", picture_bytes(500))}
    assert client.post(REDRAW, files=files, data={"face": "2"}).status_code == 200


def test_a_drawn_source_is_freed_from_its_style_wherever_it_is_mapped(client, studio, photo, smile):
    """`mien map` does the same: what a style held back is let go before the next one holds it."""
    mapped = {}
    for looks in ("photo", "anime"):
        studio.looks_like = looks
        restaged = client.post("/api/v1/restage", files=photo, data={"to": "anna"}).json()
        lived = client.post("/api/v1/live", files=photo, data={"to": "anna"}).json()
        given = {"expression": restaged["reading"]["expression"], "to": "anna", "looks_like": looks}
        given["expression"] = {k: v for k, v in given["expression"].items() if v is not None}
        again = client.post("/api/v1/map", json=given).json()
        mapped[looks] = restaged["characters"][0]["bounded"]["mouthSmileLeft"]
        assert again["characters"][0]["bounded"]["mouthSmileLeft"] == pytest.approx(mapped[looks], abs=1e-3)
        assert lived["characters"][0]["coefficients"]["mouthSmileLeft"] == pytest.approx(mapped[looks], abs=1e-3)
        (query, _, _) = studio.queries[-1]
        free = studio.freed(studio.read(photo["picture"][1]).expression, looks)
        assert query.expression.coefficients == pytest.approx(free.coefficients)
        searched = {"expression": given["expression"], "looks_like": looks}
        assert client.post("/api/v1/search", json=searched).status_code == 200
        assert studio.queries[-1][0].expression.coefficients == pytest.approx(free.coefficients, abs=1e-3)
    assert mapped["anime"] > mapped["photo"] + 0.02
    unknown = {"expression": smile, "looks_like": "clay"}
    assert problem(client.post("/api/v1/map", json=unknown)) == (404, "UnknownName")
