"""The command `mien-lab`: what a name does not take is refused, and what is missing is named."""

from __future__ import annotations

import sys

import pytest

from mien.errors import InputError
from mien_lab import cli


@pytest.fixture
def lab(monkeypatch, capsys, tmp_path):
    """Runs a command line in an empty folder; returns its exit code and what stands on standard error."""
    monkeypatch.chdir(tmp_path)
    # Training is never begun here.
    monkeypatch.setattr(cli, "_needs_torch", lambda: None)

    def run(line: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["mien-lab", *line.split()])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return stop.value.code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("train embedding --steps 5", "--steps"),
        ("train embedding --leave-out anime", "--leave-out"),
        ("train embedding --data data", "--data"),
        ("train emotion --config fast", "--config"),
        ("train emotion --start shipped", "--start"),
        ("train encoder --cast set --without cycle", "--without"),
        ("train mapper --pairs set --data data", "--data"),
        ("fit certainty --data set -o out.toml --seed 3", "--seed"),
        ("fit opinions -o work --features features.npz", "--features"),
        ("eval reading --mapper mapper.onnx", "--mapper"),
        ("eval requests --data data", "--data"),
        ("bench main --work work", "--work"),
    ],
)
def test_an_option_that_a_name_does_not_take_is_refused(lab, line, option):
    code, said = lab(line)

    assert code == 2
    command, name = line.split()[:2]
    assert f"`mien-lab {command} {name}` takes no {option}, which is for " in said


def test_an_ablation_that_trains_nothing_takes_no_steps(lab):
    code, said = lab("ablate --pairs pairs --silenced mapper.onnx --steps 9")

    assert code == 2
    assert "takes no --steps" in said


@pytest.mark.parametrize("command", ["eval", "bench", "fit", "train"])
def test_every_name_is_known_by_its_help_and_its_options_exist(command):
    import typer

    group = typer.main.get_command(cli.app)
    options = {p.name for p in group.commands[command].params}
    for taken in cli.TAKES[command].values():
        assert taken <= options


def test_evaluations_and_benchmarks_are_those_whose_options_are_listed():
    assert set(cli._evaluations()) == set(cli.TAKES["eval"])
    assert set(cli._benchmarks()) == set(cli.TAKES["bench"])


def test_a_name_that_does_not_exist_is_answered_with_those_that_do(lab):
    code, said = lab("eval readings")

    assert code == 2
    assert "reading" in said


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("eval reading", "fer2013_train_public.npz in data"),
        ("fit emotion-baseline -o out.npz", "fer2013_train_public.npz in data"),
        ("fit certainty -o out.toml", "--data"),
        ("data build -o set --scans heads.npz", "heads.npz"),
        ("pictures --only mapping", "--cast"),
        ("pictures --photo-sheet out.jpg", "--photos"),
    ],
)
def test_what_is_missing_is_named(lab, line, missing):
    code, said = lab(line)

    assert code == 2
    assert missing in said


def test_data_of_others_are_explained_on_a_page(lab):
    assert "docs/lab.md" in lab("eval encoder")[1]


def test_the_mapping_says_that_it_draws_pictures_before_it_does(lab, monkeypatch):
    def build(*_: object, **__: object) -> None:
        raise InputError("It has begun.")

    monkeypatch.setattr("mien_lab.evaluation.mapping.build", build)
    code, said = lab("eval mapping --quick")

    assert code == 2
    assert "400 pictures" in said.split("It has begun.")[0]


def test_a_folder_that_is_no_data_set_is_not_replaced_by_drawing_one(lab, tmp_path):
    code, said = lab(f"eval mapping --data {tmp_path}")

    assert code == 2
    assert str(tmp_path) in said
