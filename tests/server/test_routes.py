"""What a caller gets when nothing is wrong."""

from __future__ import annotations

import io

from fake_studio import ASSET, MIKA
from PIL import Image

from mien.core.looks import look
from mien.studio import payload

API = "/api/v1"


def test_a_reading_is_the_readings_own_shape_with_outlines_for_drawing(client, studio, photo):
    answer = client.post(f"{API}/read", files=photo)
    assert answer.status_code == 200
    told = answer.json()
    assert told["reading"] == studio.read(photo["picture"][1]).to_dict()
    assert told["contours"] == [[[1.0, 2.0], [3.0, 4.0], [5.0, 2.0]]]


def test_a_face_is_chosen_by_its_number(client, photo):
    assert client.post(f"{API}/read", files=photo, data={"face": "1"}).status_code == 200
    answer = client.post(f"{API}/read", files=photo, data={"face": "2"})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "NoSuchFace")


def test_one_call_reads_restages_and_finds(client, photo):
    told = client.post(f"{API}/restage", files=photo, data={"to": "anna,mika"}).json()
    assert [one["character"]["id"] for one in told["characters"]] == ["anna", "mika"]
    assert told["found"]["hits"][0]["asset"]["id"] == ASSET.id
    assert told["reading"]["expression"]["emotion"]["probabilities"]["happiness"] > 0.5


def test_a_mapped_expression_comes_with_curves_and_the_address_of_its_picture(client, studio, smile):
    (told,) = client.post(f"{API}/map", json={"expression": smile, "to": "mika"}).json()["characters"]
    (mapped,) = studio.map(look("happiness"), "mika")
    assert set(payload.of_mapped(mapped)) <= set(told)
    assert 0.5 < told["bounded"]["mouthSmileLeft"] < 1.0
    picture = client.get(told["picture"] + "&size=48")
    assert picture.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (48, 48)
    assert client.get(told["picture"] + "&size=48").content == picture.content
    drawing = client.get(told["svg"])
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in drawing.headers["content-security-policy"]


def test_sculpted_characters_have_no_vectors(client, smile):
    (told,) = client.post(f"{API}/map", json={"expression": smile, "to": "anna"}).json()["characters"]
    assert told["svg"] is None
    answer = client.get(f"{API}/characters/anna/picture?form=svg")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "Anna is sculpted, not drawn: ask for form=png.",
    )


def test_everything_that_can_be_asked_reaches_the_search(client, studio, smile):
    asked = {
        "text": "smug half smile",
        "emotion": {"happiness": 0.7, "contempt": 0.3},
        "expression": smile,
        "like": ASSET.id,
        "styles": ["anime"],
        "characters": ["mika"],
        "tags": ["smile"],
        "exclude_tags": ["wink"],
        "productions": ["Night Bus"],
        "min_rating": 3,
        "limit": 7,
        "offset": 14,
    }
    hits = client.post(f"{API}/search", json=asked).json()
    assert hits == {**payload.of_search(studio.search(studio.queries[0][0])), "schema": "mien.hits/1"}
    query, limit, offset = studio.queries[0]
    assert (limit, offset) == (7, 14)
    assert (query.text, query.like, query.styles, query.characters) == (
        "smug half smile",
        ASSET.id,
        ("anime",),
        ("mika",),
    )
    assert (query.tags, query.exclude_tags, query.productions) == (("smile",), ("wink",), ("Night Bus",))
    assert query.min_rating == 3
    assert query.emotion.probabilities[1] == 0.7 or abs(query.emotion.probabilities[1] - 0.7) < 1e-6
    assert query.expression["mouthSmileRight"] == smile["coefficients"]["mouthSmileRight"]


def test_the_cast_the_styles_the_library_and_its_assets_can_be_listed(client):
    assert [one["id"] for one in client.get(f"{API}/characters").json()] == ["anna", "mika"]
    assert client.get(f"{API}/characters").json()[1] == payload.of_character(MIKA)
    styles = {one["id"]: one for one in client.get(f"{API}/styles").json()}
    assert set(styles["anime"]["ranges"]) == {"mouth", "eye", "brow", "cheek"}
    library = client.get(f"{API}/library").json()
    assert library["assets"] == 1
    assert "path" not in library
    assert client.get(f"{API}/assets/{ASSET.id}").json() == payload.of_asset(ASSET)
    assert client.get(f"{API}/assets/{ASSET.id}/picture").headers["content-type"] == "image/png"
    assert client.get(f"{API}/health").json()["status"] == "good"
