"""Every `mien` command and every example in Python that the documentation shows runs as it stands there."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from foreign import glb
from PIL import Image
from skimage import data as sample_pictures

from mien.cli import main
from mien.core.expression import Expression
from mien.studio import Studio, pictures
from mien_lab.data import build

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
pytestmark = [pytest.mark.usefixtures("weights"), pytest.mark.xdist_group("library")]

# These serve until they are stopped; tests/browser starts the service for real.
ENDLESS = ("serve", "demo")


def shown_commands():
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in block.splitlines():
                if line.startswith("mien "):
                    yield line.split("  #")[0].strip()


COMMANDS = sorted(set(shown_commands()))


def shown_examples():
    """Page -> its Python; the conventions' page is a doctest of its own (test_docs)."""
    for page in PAGES:
        blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
        if blocks and page.name != "conventions.md":
            yield str(page.relative_to(ROOT)), "\n".join(blocks)


EXAMPLES = dict(shown_examples())


@pytest.fixture(scope="module")
def hero(tmp_path_factory):
    """A picture of a character at rest."""
    studio = Studio()
    path = tmp_path_factory.mktemp("hero") / "hero.png"
    pictures.save(studio.render(studio.map(Expression.neutral(), "kofi")[0], 320), path)
    return path


@pytest.fixture
def desk(tmp_path, monkeypatch, small_library, hero, bald_head):
    """A folder with what the commands speak of: a photo, a clip, a character's picture, renders, a style, a library."""
    photo = Image.fromarray(sample_pictures.astronaut())
    for name in ("photo.jpg", "photo.png"):
        photo.save(tmp_path / name)
    shutil.copy(hero, tmp_path / "hero.png")
    (tmp_path / "hero.vrm").write_bytes(glb(bald_head, vrm=0))
    # A character of one's own, kept already: what lies in the folder is one.
    (tmp_path / "config" / "characters").mkdir(parents=True)
    shutil.copy(tmp_path / "hero.vrm", tmp_path / "config" / "characters")
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "config"))
    (tmp_path / "take").mkdir()
    for number in range(3):
        photo.resize((256, 256)).save(tmp_path / "take" / f"{number}.jpg")
    (tmp_path / "renders").mkdir()
    photo.save(tmp_path / "renders" / "0001.png")
    toml = (ROOT / "docs/styles.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    (tmp_path / "noir.toml").write_text(toml)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(small_library, tmp_path / "library")
    monkeypatch.setenv("MIEN_LIBRARY", str(tmp_path / "library"))
    return tmp_path


def test_the_documentation_shows_commands():
    assert len(COMMANDS) > 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_shown_command_runs(command, desk, monkeypatch, capsys):
    arguments = shlex.split(command)
    if arguments[1] in ENDLESS:
        arguments = [*arguments[:2], "--help"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code, capsys.readouterr().err


@pytest.fixture
def data_set(desk):
    """A small data set of the cast beside what the commands speak of, as DIR."""
    build(desk / "DIR", pictures=60, seed=3, size=48, workers=1)


def test_the_documentation_shows_examples_in_python():
    assert {"README.md", "docs/perception.md", "docs/mapping/README.md", "docs/dataset.md"} <= set(EXAMPLES)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("page", EXAMPLES)
def test_a_shown_example_in_python_runs(page, request):
    if "Dataset(" in EXAMPLES[page]:
        request.getfixturevalue("data_set")
    exec(compile(EXAMPLES[page], page, "exec"), {})
