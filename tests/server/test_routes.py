"""What a caller gets when nothing is wrong."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from fake_studio import ASSET, MIKA, picture_bytes
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


def test_drawn_characters_have_no_mesh(client):
    answer = client.get(f"{API}/characters/mika/mesh.glb")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("Mika is drawn and has no mesh")
    assert client.get(f"{API}/characters/nobody/mesh.glb").status_code == 404


def test_sculpted_characters_have_no_vectors(client, smile):
    (told,) = client.post(f"{API}/map", json={"expression": smile, "to": "anna"}).json()["characters"]
    assert told["svg"] is None
    answer = client.get(f"{API}/characters/anna/picture?form=svg")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "Anna is sculpted, not drawn: ask for form=png.",
    )


def test_a_frame_of_a_camera_is_read_and_staged_without_a_search(client, studio, photo):
    told = client.post(f"{API}/restage", files=photo, data={"to": "mika", "nearest": "0"}).json()
    assert [one["character"]["id"] for one in told["characters"]] == ["mika"]
    assert told["found"] is None
    assert studio.queries == []


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


def test_the_moment_of_a_production_and_the_weights_reach_the_search(client, studio):
    context = {"character": "mika", "style": "anime", "user": "ada", "weights": {"emotion": 0.9, "look": 0}}
    asked = {"text": "smile", "ids": [ASSET.id], "weights": {"text": 0.5}, "context": context}
    assert client.post(f"{API}/search", json=asked).status_code == 200
    (query, _, _), (told,) = studio.queries[0], studio.contexts
    assert (query.ids, dict(query.weights)) == ((ASSET.id,), {"text": 0.5})
    assert (told.character, told.style, told.user) == ("mika", "anime", "ada")
    assert dict(told.weights) == {"emotion": 0.9, "look": 0.0}


def test_the_vocabulary_is_that_of_the_core(client):
    told = client.get(f"{API}/vocabulary").json()
    assert {"name": "mouth_corner_left", "region": "mouth", "high": "mouthSmileLeft", "low": "mouthFrownLeft"} in told[
        "controls"
    ]
    assert told["emotions"]["surprise"] == {"valence": 0.15, "arousal": 0.85}
    assert told["criteria"]["emotion"] == 0.45


def test_stars_are_kept_for_each_user(client):
    rated = client.put(f"{API}/assets/{ASSET.id}/rating", json={"stars": 4, "user": "ada"})
    assert (rated.status_code, rated.json()["rating"]) == (200, 4.0)
    assert client.get(f"{API}/ratings", params={"user": "ada"}).json() == {ASSET.id: 4.0}
    assert client.get(f"{API}/ratings", params={"user": "bo"}).json() == {}


def test_what_a_user_did_is_logged(client, studio):
    body = {"kind": "rejected", "asset": ASSET.id, "user": "ada", "detail": {"rank": 3.0}}
    assert client.post(f"{API}/events", json=body).status_code == 204
    (event,) = studio.events
    assert (event.kind, event.asset, event.user, event.detail["rank"]) == ("rejected", ASSET.id, "ada", 3.0)


def test_what_a_user_turned_down_is_told_until_it_is_taken_back(client):
    def turned_down(value, user="ada"):
        body = {"kind": "rejected", "asset": ASSET.id, "user": user, "value": value}
        assert client.post(f"{API}/events", json=body).status_code == 204
        return client.get(f"{API}/refusals", params={"user": "ada"}).json()

    assert turned_down(1) == [ASSET.id]
    assert turned_down(0, user="bo") == [ASSET.id]
    assert turned_down(0) == []
    assert turned_down(1) == [ASSET.id]


def test_words_and_tags_are_corrected_and_what_is_left_out_stays(client):
    told = client.patch(f"{API}/assets/{ASSET.id}", json={"tags": ["hero shot"]}).json()
    assert (told["tags"], told["text"]) == (["hero shot"], ASSET.text)


def test_a_picture_is_kept_with_its_words_and_tags(client, studio, photo):
    answer = client.post(f"{API}/assets", files=photo, data={"text": "take one", "tags": "webcam, me"})
    assert answer.status_code == 201
    assert (answer.json()["text"], answer.json()["tags"]) == ("take one", ["webcam", "me"])
    assert studio.kept == [(64, 64, 3)]


def test_the_same_expression_is_asked_for_on_other_characters(client):
    told = client.get(f"{API}/assets/{ASSET.id}/staged", params={"to": "anna,mika"}).json()["characters"]
    assert [one["character"]["id"] for one in told] == ["anna", "mika"]
    assert told[1]["svg"].startswith("/api/v1/characters/mika/picture?pose=")


def test_a_list_may_ask_for_smaller_pictures(client):
    where = f"{API}/assets/{ASSET.id}/picture"
    small = client.get(where, params={"size": 96})
    assert small.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(small.content)) as image:
        assert image.size == (96, 96)
    assert client.get(where, params={"size": 320}).content == client.get(where).content


def test_the_map_is_told_in_columns(client):
    told = client.get(f"{API}/space").json()
    assert told["ids"] == [ASSET.id]
    assert (told["x"], told["y"]) == ([0.0], [0.0])
    assert told["emotions"][told["emotion"][0]] == "happiness"
    assert told["styles"][told["style"][0]] == "anime"


def test_a_production_says_what_it_learned_and_can_forget_it(client, studio):
    told = client.get(f"{API}/productions/Night%20Shift").json()
    assert told["schema"] == "mien.production/1"
    assert told["learning"] == "auto"
    assert told["followed"] is True
    assert told["learned"]["estimate"]["low"] > 0
    off = client.patch(f"{API}/productions/Night%20Shift", json={"learning": "off"}).json()
    assert off["followed"] is False
    assert off["learned"]["signals"] == told["learned"]["signals"]
    anew = client.patch(f"{API}/productions/Night%20Shift", json={"learning": "auto", "forget": True}).json()
    assert anew["learned"]["signals"] == 0
    assert anew["learned"]["weights"] == anew["weights"]
    # Another production is not touched.
    assert client.get(f"{API}/productions/Other").json()["learned"]["signals"] > 0


def test_a_question_is_asked_for_a_production(client, studio):
    body = {"text": "smug", "context": {"production": "Night Shift", "user": "ada"}, "count": 2}
    asked = client.post(f"{API}/ask", json=body).json()
    assert len(asked["hits"]) == 2
    assert asked["search"] == "page"
    assert studio.contexts[-1].production == "Night Shift"
    refused = client.post(f"{API}/ask", json={"text": "smug"})
    assert refused.status_code == 422
    assert "production" in refused.json()["error"]["message"]
    assert client.post(f"{API}/ask", json={**body, "count": 1}).status_code == 422


def test_where_the_encoder_looked_comes_with_a_reading(client, studio):
    looked = np.zeros((4, 3, 3), np.float32)
    looked[:, 1, 1] = 0.5
    looked[0, 2, 1] = 0.25
    corners = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
    read = studio.read
    studio.read = lambda *a, **k: replace(read(*a, **k), attention=looked, attention_from=corners)
    told = client.post(f"{API}/read", files={"picture": ("a.png", picture_bytes())}).json()["attention"]
    assert told["side"] == 3
    assert told["corners"][2] == [9.0, 9.0]
    assert list(told["maps"]) == ["mouth", "eye", "brow", "cheek"]
    assert told["maps"]["mouth"] == [0, 0, 0, 0, 255, 0, 0, 128, 0]
    assert told["maps"]["eye"][4] == 255
