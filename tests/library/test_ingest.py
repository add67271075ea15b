import json
import threading

import pytest
from takes import picture

from mien.core.asset import EMBEDDING_SIZE, Asset
from mien.core.expression import Expression
from mien.errors import InputError, NoFaceFound, ResourceMissing
from mien.library import IngestRecord, Library, add_folder

VECTOR = [1.0] + [0.0] * (EMBEDDING_SIZE - 1)


class Reader:
    """Reads every picture as a neutral face, but for those whose name tells it not to."""

    def __init__(self):
        self.seen = []

    def __call__(self, path, notes):
        self.seen.append(path.name)
        if "faceless" in path.name:
            raise NoFaceFound(f"No face in {path.name}.")
        if "bug" in path.name:
            raise ZeroDivisionError("division by zero")
        if "weights" in path.name:
            raise ResourceMissing("Run `mien setup`.")
        face = Expression.neutral() if notes.coefficients is None else Expression(notes.coefficients)
        asset = Asset(
            "",
            face,
            character=notes.character or "",
            style=notes.style or "",
            tags=notes.tags,
            text=notes.text or "",
            production=notes.production or "",
            shot=notes.shot or "",
            frame=notes.frame,
            rating=notes.rating,
        )
        content = b"no picture at all" if "rotten" in path.name else path.read_bytes()
        return [IngestRecord(asset, content, VECTOR)]


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures in two folders, and files that are none."""
    path = tmp_path / "pictures"
    (path / "deep").mkdir(parents=True)
    for i in range(12):
        (path / ("deep" if i % 2 else "") / f"take{i:02}.png").write_bytes(picture(i))
    (path / "notes.txt").write_text("not a picture")
    (path / ".hidden.png").write_bytes(picture(99))
    return path


def test_every_picture_gets_in_once(library, folder):
    read, ticks = Reader(), []
    report = add_folder(library, folder, read=read, progress=lambda done, total: ticks.append((done, total)), batch=5)
    assert (report.added, report.skipped, report.problems) == (12, 0, ())
    assert ticks[-1] == (12, 12)
    assert [done for done, _ in ticks] == sorted(done for done, _ in ticks)
    assert {asset.source for asset in library} >= {"take00.png", "deep/take01.png"}
    again = add_folder(library, folder, read=read)
    assert (again.added, again.skipped) == (0, 12)
    assert len(read.seen) == 12
    (folder / "copy.png").write_bytes(picture(3))
    assert add_folder(library, folder, read=read).skipped == 13


def test_bad_files_are_reported_and_stop_nothing(library, folder):
    for i, name in enumerate(("faceless", "bug", "rotten")):
        (folder / f"{name}.png").write_bytes(picture(50 + i))
    (folder / "take02.json").write_text("{ not json")
    (folder / "take04.json").write_text(json.dumps({"moood": "happy"}))
    report = add_folder(library, folder, read=Reader())
    assert report.added == 10
    said = {problem.path.name: problem.message for problem in report.problems}
    assert set(said) == {"faceless.png", "bug.png", "rotten.png", "take02.png", "take04.png"}
    assert said["faceless.png"] == "No face in faceless.png."
    assert "division by zero" in said["bug.png"]
    assert "no picture" in said["rotten.png"]
    assert "not valid JSON" in said["take02.png"]
    assert "moood" in said["take04.png"]
    assert library.check().is_sound


def test_what_people_wrote_down_comes_along(library, folder):
    (folder / "metadata.csv").write_text(
        "file,character,style,tags,frame,rating,text\n"
        'take00.png,mika,anime,"Smug; tired",12,4.5,one brow up\n'
        "take02.png,mika,anime,,,,\n"
    )
    (folder / "take02.png.json").write_text(
        json.dumps({"character": "otto", "tags": ["sad"], "coefficients": {"jawOpen": 0.5}, "shot": "sh010"})
    )
    add_folder(library, folder, read=Reader())
    by_source = {asset.source: asset for asset in library}
    one, two = by_source["take00.png"], by_source["take02.png"]
    assert (one.character, one.style, one.frame, one.rating) == ("mika", "anime", 12, 4.5)
    assert (one.tags, one.text) == (("smug", "tired"), "one brow up")
    assert (two.character, two.style, two.tags, two.shot) == ("otto", "anime", ("sad",), "sh010")
    assert two.expression["jawOpen"] == 0.5


def test_a_csv_without_the_pictures_names_says_so_of_every_picture(library, folder):
    (folder / "metadata.csv").write_text("name\ntake00.png\n")
    report = add_folder(library, folder, read=Reader())
    assert report.added == 6
    assert len(report.problems) == 6
    assert all("column 'file'" in problem.message for problem in report.problems)


@pytest.mark.parametrize(
    ("csv", "says"),
    [
        ("file,frame\ntake00.png,abc\n", "frame must be a whole number, not 'abc'."),
        ("file,rating\ntake00.png,9\n", "rating must be a number between 0 and 5, not '9'."),
        ("file,jawOpen\ntake00.png,wide\n", "jawOpen must be a number between 0 and 1, not 'wide'."),
        ("file\ntake00.png,more\n", "more fields than columns."),
    ],
)
def test_a_row_that_is_wrong_costs_its_own_picture(library, folder, csv, says):
    (folder / "metadata.csv").write_text(csv)
    report = add_folder(library, folder, read=Reader())
    assert report.added == 11
    assert [(p.path.name, p.message) for p in report.problems] == [("take00.png", f"metadata.csv, line 2: {says}")]


def test_a_row_for_a_picture_that_is_not_there_is_told_once(library, folder):
    (folder / "metadata.csv").write_text("file,frame\ntake00.png,1\ntaek02.png,2\n")
    report = add_folder(library, folder, read=Reader(), batch=2)
    assert report.added == 12
    (problem,) = report.problems
    assert problem.path == folder / "metadata.csv"
    assert problem.message == "metadata.csv, line 3: there is no picture taek02.png beside it."


@pytest.mark.parametrize("place", [".", "library", "deep/library"])
def test_what_a_library_keeps_is_not_added_again(folder, place):
    (folder / "pictures").mkdir()
    (folder / "pictures" / "own.png").write_bytes(picture(70))
    with Library.create(folder / place) as library:
        for added in (13, 0, 0):
            assert add_folder(library, folder, read=Reader()).added == added
        with Library.create(folder.parent / "other") as other:
            assert add_folder(other, folder, read=Reader()).added == 13
        with pytest.raises(InputError, match="no pictures besides a library's own"):
            add_folder(library, folder / place / "pictures" / next(iter(library)).id[:2], read=Reader())


def test_a_folder_without_pictures_says_so(library, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty holds no pictures"):
        add_folder(library, tmp_path / "empty", read=Reader())


def test_an_interrupted_run_goes_on_where_it_was(library, folder):
    class Stopped(BaseException):
        pass

    read = Reader()

    def stop(done, _total):
        if done == 7:
            raise Stopped

    with pytest.raises(Stopped):
        add_folder(library, folder, read=read, progress=stop, batch=3)
    # Six in two whole batches, and the one that was read of the third.
    assert len(library) == 7
    report = add_folder(library, folder, read=read)
    assert (report.added, report.skipped) == (5, 7)
    assert library.check().is_sound


def test_a_missing_weight_ends_the_run_and_a_missing_folder_says_so(library, folder):
    (folder / "weights.png").write_bytes(picture(77))
    with pytest.raises(ResourceMissing):
        add_folder(library, folder, read=Reader())
    with pytest.raises(InputError, match="does not exist"):
        add_folder(library, folder / "nowhere", read=Reader())
    with pytest.raises(InputError, match="not a folder"):
        add_folder(library, folder / "notes.txt", read=Reader())


SHAPES = "Timecode,BlendshapeCount,EyeBlinkLeft,JawOpen,MouthSmileLeft"


def test_coefficients_come_as_face_capture_writes_them(library, folder):
    (folder / "take00.csv").write_text(f"{SHAPES}\n00:00:01:00,61,0.1,0.5,1.02\n")
    (folder / "metadata.csv").write_text("file,character,jawOpen,MouthFrownLeft\ntake02.png,mika,0.25,0.75\n")
    (folder / "deep" / "arkit.csv").write_text(
        f"{SHAPES}\n" + "".join(f"00:00:01:{i:02},61,0,{i / 10},0\n" for i in range(9))
    )
    assert add_folder(library, folder, read=Reader()).problems == ()
    by_source = {asset.source: asset for asset in library}
    alone = by_source["take00.png"].expression
    assert (alone["eyeBlinkLeft"], alone["jawOpen"], alone["mouthSmileLeft"]) == pytest.approx((0.1, 0.5, 1.0))
    listed = by_source["take02.png"]
    assert listed.character == "mika"
    assert (listed.expression["jawOpen"], listed.expression["mouthFrownLeft"]) == pytest.approx((0.25, 0.75))
    # The folder's lowest number is 1, so take05 is the fifth row; the take ends before take11.
    assert by_source["deep/take05.png"].expression["jawOpen"] == pytest.approx(0.4)
    assert by_source["deep/take11.png"].expression["jawOpen"] == 0.0


@pytest.mark.parametrize(
    ("csv", "says"),
    [
        (f"{SHAPES}\n1,61,0.1,50,0\n", "line 2"),
        (f"{SHAPES}\n1,61,0.1,wide,0\n", "line 2"),
        ("frame,take\n1,2\n", "no column that is a coefficient"),
        (f"{SHAPES}\n1,61,0,0,0\n2,61,0,0,0\n", "one row"),
    ],
)
def test_a_capture_that_is_wrong_says_where(library, folder, csv, says):
    (folder / "take00.csv").write_text(csv)
    (problem,) = add_folder(library, folder, read=Reader()).problems
    assert problem.path.name == "take00.png"
    assert says in problem.message


def test_files_are_read_side_by_side_and_added_in_order(library, folder):
    barrier = threading.Barrier(3, timeout=20)
    plain = Reader()

    def read(path, notes):
        if path.parent == folder:
            # Six files, three at a time: nobody gets past alone.
            barrier.wait()
        return plain(path, notes)

    assert add_folder(library, folder, read=read, workers=3, batch=6).added == 12
    frames = [asset.source for asset in library]
    assert frames == sorted(frames)
