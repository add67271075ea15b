"""The command `mien-lab`: evaluation, benchmarks, fitting, training, and the pictures of the documentation."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from mien.errors import BadFile, InputError, MienError, UnknownName
from mien_lab.result import Result, show

app = typer.Typer(
    name="mien-lab", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Quick = Annotated[bool, typer.Option("--quick", help="A sample, within 50 seconds.")]
Photos = Annotated[Path, typer.Option("--data", help="The folder with fer2013_train_public.npz: docs/lab.md.")]
Steps = Annotated[int, typer.Option("--steps", help="Of training, if they end before the minutes do.")]
Scans = Annotated[
    Path, typer.Option("--scans", help="ict_facekit.npz, for scanned people (docs/lab.md); may be absent.")
]

DATA = Path("data")
"""Where the lab looks for what others gathered: photos, votes and scans (docs/lab.md)."""

TAKES: dict[str, dict[str, set[str]]] = {
    "eval": {
        "reading": {"data"},
        "cast": set(),
        "encoder": {"data"},
        "embedding": {"work", "picture"},
        "mapping": {"data", "mapper", "ablation"},
        "retrieval": set(),
        "requests": set(),
        "ranking": {"picture"},
        "feedback": {"picture"},
    },
    "bench": {"main": set(), "cast": set(), "index": {"work"}, "web": set()},
    "fit": {"emotion-baseline": {"data", "seed", "features"}, "judge": {"data", "seed"}, "certainty": {"data"},
            "opinions": {"data"}},
    "train": {
        "encoder": {"cast", "data", "config", "device", "minutes", "steps", "resume", "start", "rate", "seed",
                    "leave_out", "work"},
        "mapper": {"pairs", "encoder", "config", "device", "minutes", "steps", "resume", "start", "rate", "seed",
                   "leave_out", "without", "work"},
        "embedding": {"config", "device", "minutes", "resume", "seed", "work"},
        "emotion": {"data", "device", "minutes", "steps", "resume", "rate", "seed", "work"},
    },
}  # fmt: skip
"""Command -> name -> the options that it takes besides those that every name takes."""

data_app = typer.Typer(no_args_is_help=True, help="Build and check the data set of the cast.")
app.add_typer(data_app, name="data")


def _evaluations() -> dict[str, Callable[..., Result]]:
    from mien_lab.evaluation.cast import evaluate as cast
    from mien_lab.evaluation.embedding import evaluate as embedding
    from mien_lab.evaluation.encoder import evaluate as encoder
    from mien_lab.evaluation.feedback import evaluate as feedback
    from mien_lab.evaluation.mapping import evaluate as mapping
    from mien_lab.evaluation.ranking import evaluate as ranking
    from mien_lab.evaluation.reading import evaluate as reading
    from mien_lab.evaluation.requests import evaluate as requests
    from mien_lab.evaluation.retrieval import evaluate as retrieval

    return {
        "reading": reading,
        "cast": cast,
        "encoder": encoder,
        "embedding": embedding,
        "mapping": mapping,
        "retrieval": retrieval,
        "requests": requests,
        "ranking": ranking,
        "feedback": feedback,
    }


def _benchmarks() -> dict[str, Callable[..., Result]]:
    from mien_lab.bench.cast import bench as cast
    from mien_lab.bench.index import bench as index
    from mien_lab.bench.main import bench as main_job
    from mien_lab.bench.web import bench as web

    return {"main": main_job, "cast": cast, "index": index, "web": web}


_KINDS = {"eval": "evaluation", "bench": "benchmark", "fit": "model", "train": "network"}


def _given(context: typer.Context) -> dict[str, str]:
    """What stands on the command line: name of the parameter -> its option."""
    sources = {str(p.name): context.get_parameter_source(str(p.name)) for p in context.command.params}
    given = {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}
    return {str(p.name): p.opts[0] for p in context.command.params if p.name in given}


def refuse_others(context: typer.Context) -> None:
    """Refuse what this name of the command does not take. Raises `InputError`, `UnknownName`."""
    command, name = str(context.command.name), context.params["name"]
    names = TAKES[command]
    if name not in names:
        raise UnknownName.among(_KINDS[command], name, names)
    known = set().union(*names.values())
    for option, shown in _given(context).items():
        if option in known - names[name]:
            those = ", ".join(other for other, taken in names.items() if option in taken)
            raise InputError(f"`mien-lab {command} {name}` takes no {shown}, which is for {those}.")


@app.command("eval")
def eval_(
    context: typer.Context,
    name: str,
    as_json: Json = False,
    quick: Quick = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="reading, encoder: the folder with fer2013_train_public.npz, and photos.zip for reading (docs/lab.md) "
            "[default: data]. mapping: a data set of the cast; without it 3,000 pictures are drawn first, which takes "
            "minutes (400 with --quick).",
        ),
    ] = None,
    mapper: Annotated[
        Path | None, typer.Option("--mapper", help="mapping: an exported mapper, not the one that ships.")
    ] = None,
    ablation: Annotated[
        Path | None, typer.Option("--ablation", help="mapping: what `mien-lab ablate --json` printed.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option("--work", help="embedding: a folder with the trained rows of Table 6.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="ranking, feedback, embedding: draw the result, too.")
    ] = None,
) -> None:
    """Measure quality: reading, cast, encoder, embedding, mapping, retrieval, requests, ranking, feedback."""
    refuse_others(context)
    given = {"mapping": {"mapper": mapper, "ablation": ablation}, "embedding": {"work": work}}.get(name, {})
    more: dict[str, Path | Callable[[str], None] | None] = {key: value for key, value in given.items() if value}
    if name == "mapping":
        more |= {"data": data, "report": lambda said: typer.echo(said, err=True)}
    else:
        more["data"] = data or DATA
    result = _evaluations()[name](quick=quick, **more)
    _print(result, as_json)
    if picture is not None:
        from mien_lab.evaluation.retrieval_pictures import draw

        for path in draw(result, picture, work=work):
            typer.echo(f"Wrote {path}", err=True)


@app.command("bench")
def bench(
    context: typer.Context,
    name: str,
    as_json: Json = False,
    quick: Quick = False,
    work: Annotated[
        Path | None, typer.Option("--work", help="index: keep index and library here, and go on with what is there.")
    ] = None,
) -> None:
    """Measure speed, memory and size: main, cast, index, web."""
    refuse_others(context)
    given = {"work": work, "report": lambda said: typer.echo(said, err=True)} if name == "index" else {}
    _print(_benchmarks()[name](quick=quick, **given), as_json)


@app.command("fit")
def fit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="emotion-baseline, judge, certainty or opinions")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where the network, or the table, goes; opinions: a folder for faces.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="emotion-baseline, opinions: the folder with fer2013_train_public.npz (docs/lab.md) [default: data]. "
            "judge, certainty: a data set of the cast, `mien-lab data build`.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="emotion-baseline, judge.")] = 1,
    features: Annotated[
        Path | None, typer.Option("--features", help="emotion-baseline: keep the extracted features here.")
    ] = None,
) -> None:
    """Fit a model that ships with mien, or the judge of mappings; measure how far the encoder's coefficients can be
    trusted, or how far each opinion of a photo's emotion is to count.
    """
    refuse_others(context)
    if data is None:
        if name in ("judge", "certainty"):
            raise InputError(f"`mien-lab fit {name}` takes a data set of the cast: name it with --data.")
        data = DATA
    if name == "certainty":
        from mien_lab.data import Dataset
        from mien_lab.training import certainty

        typer.echo(json.dumps(certainty.fit(Dataset(data), out), indent=2))
        return
    if name == "opinions":
        from mien_lab.training import opinions
        from mien_lab.training.progress import watched

        with watched("Weighing") as report:
            found = opinions.fit(data, out, report)
        typer.echo(json.dumps(found, indent=2))
        return
    if name == "judge":
        _needs_torch()
        from mien_lab.data import Dataset
        from mien_lab.training import judge
        from mien_lab.training.progress import watched

        with watched("Training") as report:
            right = judge.fit(Dataset(data), out, seed=seed, report=report)
        typer.echo(json.dumps(right, indent=2))
        return
    from mien_lab.data import research
    from mien_lab.training import emotion_baseline

    figures = emotion_baseline.fit(research.fer(data), out, seed, features_path=features)
    typer.echo(json.dumps(figures, indent=2))


@app.command("train")
def train(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="encoder, mapper, embedding or emotion")],
    cast: Annotated[Path | None, typer.Option("--cast", help="encoder: a data set, `mien-lab data build`.")] = None,
    pairs: Annotated[Path | None, typer.Option("--pairs", help="mapper: true pairs, `mien-lab data pairs`.")] = None,
    encoder: Annotated[
        Path | None, typer.Option("--encoder", help="mapper: a checkpoint of the encoder, not the one that ships.")
    ] = None,
    config: Annotated[
        str,
        typer.Option(
            "--config",
            help="encoder: compact, paper, or a row of Table 1. mapper: fast or paper. embedding: a row of Table 6 "
            "(cross), or all.",
        ),
    ] = "",
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    minutes: Annotated[float, typer.Option("--minutes", help="When to end, resumptions counted together.")] = 60.0,
    steps: Annotated[
        int, typer.Option("--steps", help="encoder, mapper, emotion: if they end before the minutes do.")
    ] = 60_000,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
    start: Annotated[
        str,
        typer.Option(
            "--start", help="encoder, mapper: begin with the weights of a checkpoint or ONNX file, or shipped."
        ),
    ] = "",
    rate: Annotated[
        float, typer.Option("--rate", help="encoder, mapper, emotion: of learning, not the usual one.")
    ] = 0.0,
    seed: int = 0,
    leave_out: Annotated[
        str, typer.Option("--leave-out", help="encoder, mapper: a style that this training must not see.")
    ] = "",
    without: Annotated[
        str,
        typer.Option(
            "--without",
            help="mapper: attention, style, expression, cycle, disentanglement, landmarks, close-ups, adversarial",
        ),
    ] = "",
    work: Annotated[Path, typer.Option("--work", help="Where checkpoints and prepared faces are kept.")] = Path("work"),
    data: Annotated[
        Path,
        typer.Option("--data", help="encoder, emotion: the folder with fer2013_train_public.npz (docs/lab.md)."),
    ] = DATA,
) -> None:
    """Train a network. A checkpoint is written every three minutes; curves are drawn at the end."""
    refuse_others(context)
    _needs_torch()
    from mien_lab.training import embedding as embeddings
    from mien_lab.training import emotion as emotions
    from mien_lab.training import encoder as encoders
    from mien_lab.training import mapper as mappers
    from mien_lab.training.progress import watched

    given = {"device": device, "seed": seed, "minutes": minutes, "steps": steps, "leave_out": leave_out}
    given |= {"start": start, "rate": rate}
    with watched("Training") as report:
        if name == "encoder":
            if cast is None:
                raise InputError("The encoder learns from a data set: name it with --cast.")
            recipe = encoders.recipe_for(config or "compact", **given)  # type: ignore[arg-type]
            path = encoders.train(recipe, data, cast, work, device=device, resume=resume, report=report)
        elif name == "embedding":
            sentences = embeddings.encoder_of_training()
            for row in embeddings.recipes_for(config or "cross", seed=seed, minutes=minutes):
                path = embeddings.train(row, work, device=device, resume=resume, report=report, encoder=sentences)
        elif name == "emotion":
            usual = emotions.Recipe(seed, minutes, steps)
            path = emotions.train(
                replace(usual, rate=rate or usual.rate), data, work, device=device, resume=resume, report=report
            )
        else:
            if pairs is None:
                raise InputError("The mapper learns from true pairs: name their folder with --pairs.")
            plan = mappers.recipe_for(config or "fast", without=without, **given)  # type: ignore[arg-type]
            path = mappers.train(
                plan, pairs, encoder or encoders.shipped(), work, device=device, resume=resume, report=report
            )
    typer.echo(f"{path}; curves: {path.with_suffix('.png')}")


@app.command("refit")
def refit(
    checkpoint: Annotated[Path, typer.Argument(help="What `mien-lab train encoder` wrote, or an ONNX file of one.")],
    cast: Annotated[Path, typer.Option("--cast", help="A data set of the cast: `mien-lab data build`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for the new checkpoint and what is kept.")],
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    epochs: Annotated[int, typer.Option("--epochs", help="How often the heads learn from every kept face.")] = 30,
    minutes: Annotated[
        float, typer.Option("--minutes", help="Of training of the closer look; 0 leaves it as it is.")
    ] = 40.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a closer look that was stopped.")] = False,
    seed: int = 0,
    data: Photos = DATA,
) -> None:
    """Fit the encoder's heads of coefficients, and its closer look, anew on what it sees: made for a CPU."""
    _needs_torch()
    from mien_lab.training import refit as refits
    from mien_lab.training.progress import watched

    recipe = refits.Recipe(seed=seed, epochs=epochs, minutes=minutes)
    with watched("Refitting") as report:
        path = refits.refit(checkpoint, data, cast, out, recipe, device=device, resume=resume, report=report)
    typer.echo(str(path))


@app.command("ablate")
def ablate(
    context: typer.Context,
    pairs: Annotated[Path, typer.Option("--pairs", help="True pairs, `mien-lab data pairs`.")],
    encoder: Annotated[
        Path | None, typer.Option("--encoder", help="A checkpoint of the encoder, not the one that ships.")
    ] = None,
    minutes: Annotated[float, typer.Option("--minutes", help="Of training for every row.")] = 60.0,
    steps: Steps = 60_000,
    config: Annotated[str, typer.Option("--config", help="fast or paper.")] = "fast",
    side: Annotated[int, typer.Option("--side", help="Of the pictures, pixels; 0: what the network ships with.")] = 0,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    work: Annotated[Path, typer.Option("--work", help="Where the rows are kept; complete ones are only measured.")] = (
        Path("work/ablation")
    ),
    silenced: Annotated[
        Path | None,
        typer.Option("--silenced", help="No training: a checkpoint or ONNX file whose parts are made silent in turn."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train the mapper whole, without each of its parts, and without each style; show what each is worth."""
    if silenced:
        for option, shown in _given(context).items():
            if option not in ("pairs", "encoder", "work", "silenced", "as_json"):
                raise InputError(f"--silenced trains nothing and takes no {shown}.")
    _needs_torch()
    from mien_lab.evaluation.mapping_ablation import ablations, silenced_parts
    from mien_lab.training.encoder import shipped
    from mien_lab.training.progress import watched

    if silenced:
        _print(silenced_parts(silenced, pairs, encoder or shipped(), work), as_json)
        return
    with watched("Training") as report:
        result = ablations(
            pairs, encoder or shipped(), work, config=config, minutes=minutes, steps=steps, side=side, device=device,
            report=report,
        )  # fmt: skip
    _print(result, as_json)


@app.command("compare")
def compare(
    cast: Annotated[Path, typer.Option("--cast", help="A data set of the cast: `mien-lab data build`.")],
    minutes: Annotated[float, typer.Option("--minutes", help="Of training for every row.")] = 60.0,
    steps: Steps = 60_000,
    without: Annotated[
        str, typer.Option("--without", help="Styles to leave out in turn, with commas between; all, or none.")
    ] = "all",
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    work: Annotated[Path, typer.Option("--work", help="Where the rows are kept; complete ones are only measured.")] = (
        Path("work/comparison")
    ),
    as_json: Json = False,
    data: Photos = DATA,
) -> None:
    """Rebuild Table 1: four encoders trained alike, and ours with each style left out."""
    _needs_torch()
    from mien_lab.evaluation.comparison import STYLES, compare
    from mien_lab.training.progress import watched

    styles = {"all": STYLES, "none": ()}.get(without) or [name for name in without.split(",") if name != "none"]
    with watched("Rows") as report:
        result = compare(data, cast, work, minutes=minutes, steps=steps, styles=styles, device=device, report=report)
    _print(result, as_json)


@app.command("export")
def export(
    checkpoint: Annotated[Path, typer.Argument(help="What `mien-lab train` wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The ONNX file.")],
) -> None:
    """Make the ONNX file that ships, and check it against the network it was made from."""
    _needs_torch()
    from mien_lab.training import embedding as embeddings
    from mien_lab.training import embedding_export, emotion_export, mapper_export
    from mien_lab.training import emotion as emotions
    from mien_lab.training import encoder as encoders
    from mien_lab.training import export as encoder_export
    from mien_lab.training import mapper as mappers

    if checkpoint.name.startswith("embedding_"):
        report = embedding_export.export_embedding(embeddings.loaded(checkpoint), out)
    elif checkpoint.name == emotions.FILE:
        report = emotion_export.export(emotions.trained(checkpoint), out)
    elif checkpoint.name.startswith("mapper_"):
        report = mapper_export.export(mappers.trained(checkpoint)[0], out)
    else:
        report = encoder_export.export(encoders.trained(checkpoint), out)
    typer.echo(json.dumps(report, indent=2))


@data_app.command("build")
def data_build(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder, or one to go on with.")],
    pictures: Annotated[int, typer.Option("--pictures", help="How many.")] = 12_500,
    seed: int = 0,
    size: Annotated[int, typer.Option("--size", help="Width and height in pixels.")] = 256,
    workers: Annotated[int | None, typer.Option("--workers", help="Processes; one per core by default.")] = None,
    scans: Scans = DATA / "ict_facekit.npz",
    scan_share: Annotated[float, typer.Option("--scan-share", help="Of the realistic pictures.")] = 0.15,
    bred_share: Annotated[
        float, typer.Option("--bred-share", help="Of the others: faces bred from the cast; for training.")
    ] = 0.0,
    speech_share: Annotated[
        float, typer.Option("--speech-share", help="Of the single expressions: mouths that speak; for training.")
    ] = 0.0,
) -> None:
    """Draw the data set: pictures of the whole cast with exact labels. The same seed gives the same bytes."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from mien_lab.data import build

    if not scans.is_file() and scan_share:
        if "scans" in _given(context):
            raise BadFile(f"There is no {scans}. Whence it comes: docs/lab.md.")
        typer.echo(f"There is no {scans} (docs/lab.md): no scanned people, the cast acts alone.", err=True)
    columns = (TextColumn("Drawing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("drawing", total=pictures)
        build(
            out,
            pictures=pictures,
            seed=seed,
            size=size,
            workers=workers,
            scans=scans,
            scan_share=scan_share,
            bred_share=bred_share,
            speech_share=speech_share,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    typer.echo(f"{pictures} pictures in {out}; what is in them: {out / 'DATA.md'}")


@data_app.command("pairs")
def data_pairs(
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder, or one to go on with.")],
    scenes: Annotated[int, typer.Option("--scenes", help="How many; six pictures each.")] = 1000,
    seed: int = 0,
) -> None:
    """Draw true pairs for the mapping network: one face, pose and light, several expressions."""
    from mien_lab.training.pairs import build
    from mien_lab.training.progress import watched

    with watched("Drawing") as report:
        for folder, count, unseen in ((out / "unseen", max(8, scenes // 16), True), (out, scenes, False)):
            build(
                folder,
                scenes=count,
                seed=seed,
                unseen=unseen,
                report=lambda done, total: report(f"{100 * done / total:.1f} % scene {done}"),
            )
    typer.echo(f"{scenes} scenes in {out}, and some of characters that no training sees in {out / 'unseen'}.")


@data_app.command("check")
def data_check(
    folder: Path,
    redraw: Annotated[int, typer.Option("--redraw", help="How many pictures to draw again and compare.")] = 8,
    scans: Scans = DATA / "ict_facekit.npz",
) -> None:
    """Check a data set: files, labels, and that it can be drawn again."""
    from mien_lab.data import check

    report = check(folder, redraw=redraw, scans=scans)
    for finding in report.findings:
        typer.echo(finding)
    if not report.is_sound:
        raise InputError(f"{folder} is not sound; build it anew in another folder.")
    typer.echo(f"{report.pictures} pictures, all sound.")


@app.command("pictures")
def pictures(
    out: Annotated[Path, typer.Argument(help="The folder docs/ of the project.")] = Path("docs"),
    cast: Annotated[
        Path | None,
        typer.Option(
            "--cast", help="A data set of the cast: the encoder's pictures and the sheets of the mapping, too."
        ),
    ] = None,
    photos: Annotated[
        Path | None, typer.Option("--photos", help="The folder of photos.zip; the sheet of what was read of 16 then.")
    ] = None,
    photo_sheet: Annotated[
        Path | None,
        typer.Option("--photo-sheet", metavar="OUT.jpg", help="The same with the photos, which show real people."),
    ] = None,
    only: Annotated[str, typer.Option("--only", metavar="mapping", help="Only the sheets of the mapping.")] = "",
) -> None:
    """Remake the pictures of the documentation: the first minute (needs the demo library, `mien demo --build-only`) and
    the sheet of every character. Those of docs/retrieval: `mien-lab eval ranking|feedback|embedding --picture`.
    """
    from mien_lab.evaluation import latent_pictures, mapping_photos, mapping_pictures
    from mien_lab.pictures import make

    if only not in ("", "mapping"):
        raise UnknownName.among("group of pictures", only, ["mapping"])
    if only and cast is None and photos is None:
        raise InputError("The sheets of the mapping take a data set (--cast), photos (--photos), or both.")
    if photo_sheet is not None and photos is None:
        raise InputError("--photo-sheet shows photos: name their folder with --photos.")
    if not only:
        for path in make(out):
            typer.echo(f"Wrote {path}")
    written: list[Path] = []
    if cast is not None and not only:
        written += latent_pictures.draw(out / "pictures", cast)
    if cast is not None:
        written += mapping_pictures.draw(out / "mapping", cast)
    if photos is not None:
        written += mapping_photos.draw(out / "mapping", photos, whole=photo_sheet)
    for path in written:
        typer.echo(f"Wrote {path}")


def _needs_torch() -> None:
    import importlib.util

    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("onnxscript") is None:
        raise InputError("Training takes PyTorch, which is not installed. Run `make lab`.")


def _print(result: Result, as_json: bool) -> None:
    if as_json:
        typer.echo(result.to_json())
    else:
        show(result)


def main() -> NoReturn:
    """Exit codes as those of `mien`: 2 the caller's input, 1 ours."""
    try:
        app()
    except MienError as error:
        print(f"mien-lab: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)
    sys.exit(0)
