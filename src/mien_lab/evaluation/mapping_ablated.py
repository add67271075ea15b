"""What `mien-lab ablate --json` printed, beside the figures of the evaluation: it takes hours, and is not run again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mien.errors import BadFile
from mien_lab.result import Figures

_KEPT: Final = ("psnr", "ssim", "gain", "eps", "attention_precision")


@dataclass(frozen=True)
class Ablated:
    """figures: `loso_drop`, and what the whole network reached in that training. rows: the same without each part."""

    figures: Figures
    rows: dict[str, Figures]
    about: str

    @classmethod
    def load(cls, file: Path) -> Ablated:
        """Raises `BadFile`."""
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            whole, rows, data = told["figures"], told["baselines"], told["data"]
            loso = float(whole["loso_drop"])
            return cls(
                {"loso_drop": loso, **_named(whole)},
                {f"network {name}": _named(row) for name, row in rows.items()},
                f"{data['config']}, {data['minutes']:g} minutes or {data['steps']} steps a row at "
                f"{data['side'] or 'full'} px; {data['loso_drop']}",
            )
        except FileNotFoundError as error:
            raise BadFile(f"There is no file {file}. Write it with `mien-lab ablate --json`.") from error
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise BadFile(f"{file.name} is not what `mien-lab ablate --json` prints: {error}.") from error


def _named(row: Figures) -> Figures:
    return {f"ablation_{key}": float(row[key]) for key in _KEPT if key in row}
