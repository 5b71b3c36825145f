"""The reference quantiles that ship with the project."""

from pathlib import Path
from typing import Final

import orjson

from services.scoring.core.reference import Reference

FOLDER: Final = Path(__file__).resolve().parent.parent / "reference"
SHIPPED: Final = "0"


def shipped_reference() -> Reference:
    """Version "0", made from national data by scripts/derive_scoring_reference.py."""
    return Reference.parse(orjson.loads((FOLDER / f"{SHIPPED}.json").read_bytes()))
