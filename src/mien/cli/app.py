"""The application, and the one place where errors become exit codes: 0 good, 2 the user's input, 1 ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from mien.cli import characters, commands, mapping
from mien.errors import InputError, MienError


class _Stopped(Exception):
    """Ctrl-C."""


class _ReaderLeft(Exception):
    """Whoever read our output has enough (`mien cast | head`)."""


@contextmanager
def _passed_on() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        raise _Stopped from error
    except BrokenPipeError as error:
        raise _ReaderLeft from error


class _Commands(TyperGroup):
    """Hides from typer what it would end the program for by itself, without our sentence and exit code."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _passed_on():
            return super().make_context(*args, **kwargs)

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        with _passed_on():
            return super().invoke(*args, **kwargs)


app = typer.Typer(
    name="mien",
    cls=_Commands,
    help="Read the expression on a face, re-stage it on characters of other styles, find it again in a library.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("read")(commands.read)
app.command("map")(mapping.map_)
app.command("search")(commands.search)
app.command("rate")(commands.rate)
app.command("add")(commands.add)
app.command("cast")(commands.cast)
app.add_typer(characters.app, name="character")
app.command("export")(commands.export)
app.command("styles")(commands.styles)
app.command("library")(commands.library)
app.command("setup")(commands.setup)
app.command("demo")(commands.demo)
app.command("serve")(commands.serve)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """Read the expression on a face, re-stage it on other characters, find it again in a library."""
    if version:
        from mien import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> NoReturn:
    """Run the command line; never shows a traceback unless MIEN_DEBUG is set."""
    try:
        try:
            app(standalone_mode=True)
        except SystemExit:
            # What is still buffered meets a closed pipe here, not when the interpreter ends.
            with _passed_on():
                sys.stdout.flush()
            raise
    except InputError as error:
        _stop(error, 2)
    except MienError as error:
        _stop(error, 1)
    except (_Stopped, KeyboardInterrupt):
        _stop("Stopped. What was saved until now is kept.", 130)
    except _ReaderLeft:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("MIEN_DEBUG"):
            raise
        _stop(f"Something broke in mien ({type(error).__name__}: {error}). Set MIEN_DEBUG=1 to see where.", 1)
    sys.exit(0)


def _stop(message: object, code: int) -> NoReturn:
    print(f"mien: {' '.join(str(message).split())}", file=sys.stderr)
    sys.exit(code)
