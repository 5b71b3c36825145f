"""Where the harness is: its package `mobi90` and its scripts are made importable from there, unchanged."""

import os
import sys
from pathlib import Path
from typing import Final

PLACE: Final = Path(
    os.environ.get("ANCRAGE_MATCHING_HARNESS") or Path(__file__).resolve().parents[3] / "shared" / "bench" / "matching"
)


def available() -> bool:
    """Whether the harness is there; where it is not, the benchmark is skipped and says so."""
    return (PLACE / "mobi90" / "protocol.py").is_file()


def enable() -> None:
    """Makes `mobi90` and the scripts beside it importable. Raises FileNotFoundError."""
    if not available():
        raise FileNotFoundError(f"the matching harness is not in {PLACE}")
    if str(PLACE) not in sys.path:
        sys.path.insert(0, str(PLACE))
