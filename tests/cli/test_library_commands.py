"""What the command line says about libraries and productions, with a library of its own."""

import json
import shutil
import sys

import pytest

from mien.cli import main

pytestmark = [pytest.mark.usefixtures("weights"), pytest.mark.xdist_group("library")]


@pytest.fixture
def own(small_library, tmp_path):
    shutil.copytree(small_library, tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def told(own, monkeypatch, capsys):
    """Run a command on the library; its JSON, or the error's one line."""

    def run(*arguments, code=0):
        monkeypatch.setattr(
            sys, "argv", ["mien", *map(str, arguments), "-l", str(own), *(["--json"] if not code else [])]
        )
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert (stop.value.code or 0) == code, err
        return err if code else json.loads(out)

    return run


def test_a_search_is_rated_and_learned_from(told):
    page = told(
        "search", "--emotion", "anger=0.8", "--for", "mika", "--production", "Night Bus", "--user", "ann", "-k", 6
    )
    assert len(page["search"]) == 16
    assert {"emotion", "style", "character"} <= set(page["hits"][0]["factors"])
    for stars, hit in zip((5, 1), page["hits"][:2], strict=True):
        rated = told("rate", hit["asset"]["id"][:10], stars, "--user", "ann", "--search", page["search"])
        assert (rated["schema"], rated["rating"]) == ("mien.asset/1", stars)
    production = told("library", "learned", "--production", "Night Bus")
    assert production["schema"] == "mien.production/1"
    assert (production["learned"]["searches"], production["learned"]["signals"]) == (1, 2)
    assert production["followed"] is False
    assert production["learned"]["estimate"] is None
    forgotten = told("library", "learned", "--production", "Night Bus", "--forget", "--follow", "off")
    assert (forgotten["learned"]["signals"], forgotten["learning"]) == (0, "off")


def test_a_productions_weights_are_kept_and_taken_back(told):
    assert told("library", "weights", "--production", "P", "--set", "style=0.4")["weights"]["style"] == 0.4
    hit = told("search", "-e", "anger=1", "--for-style", "anime", "--production", "P", "-k", 1)["hits"][0]
    assert hit["factors"]["style"]["weight"] == pytest.approx(0.4 / 0.85, abs=1e-4)
    assert told("library", "weights", "--production", "P", "--set", "")["weights"]["style"] == 0.25


def test_pages_filters_and_arithmetic(told):
    first = told("search", "-t", "smile", "-k", 4, "--not-style", "anime", "--since", "2020-01-01")
    second = told("search", "-t", "smile", "-k", 2, "--offset", 2, "--not-style", "anime")
    assert [h["asset"]["id"] for h in second["hits"]] == [h["asset"]["id"] for h in first["hits"]][2:]
    assert all(h["asset"]["style"] != "anime" for h in first["hits"])
    like = first["hits"][0]["asset"]["id"][:12]
    assert told("search", "--like", like, "--but", "anger=0.4", "-k", 1)["total"] == first["total"] + _anime(told) - 1
    between = told("search", "-e", "happiness=1", "--after", like, "--before", like, "-k", 1)
    assert "temporal" in between["hits"][0]["factors"]
    asked = told("search", "-e", "happiness=1", "--for", "mika", "--user", "ann", "--ask", 2)
    assert len(asked["hits"]) == 2


def _anime(told):
    return told("library", "info")["styles"].get("anime", 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("search", "--but", "anger=0.4"), "another asset"),
        (("search", "-t", "smile", "--since", "soon"), "2026-05-31"),
        (("search", "-t", "smile", "--criterion", "beauty=1"), "criterion"),
        (("search", "-t", "smile", "--for", "nobody"), "character"),
        (("search", "-t", "smile", "--after", "zzzzzzzz"), "no asset"),
        (("library", "learned"), "--production"),
        (("library", "learned", "--production", "P", "--follow", "maybe"), "auto"),
        (("rate", "zzzzzzzz", "4"), "no asset"),
    ],
)
def test_mistakes_get_one_line(told, arguments, says):
    assert says in told(*arguments, code=2)


def test_a_tag_that_no_asset_has_is_named(own, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["mien", "search", "--text", "smile", "--tag", "nosuch", "-l", str(own)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    assert "'nosuch'" in capsys.readouterr().out
