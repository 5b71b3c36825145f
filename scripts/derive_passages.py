"""Derive shared/geography/data/passages.csv.gz from INSEE's file of movements of communes.

Usage: python -m scripts.derive_passages --movements v_mvt_commune_2026.csv --out shared/geography/data

The same input gives the same bytes. `ancrage reference update communes` reads the same layout by the same code.
"""

import argparse
import sys
from pathlib import Path

from deploy.reference.movements import passages_of
from deploy.reference.official import read_official
from deploy.reference.tables import packed, table
from shared.geography.pack import PASSAGE_COLUMNS, passage_cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--movements", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    passages = passages_of(read_official(arguments.movements).rows)
    content = packed(table(PASSAGE_COLUMNS, (passage_cells(passage) for passage in passages)))
    (arguments.out / "passages.csv.gz").write_bytes(content)
    undated = sum(passage.effective_on is None for passage in passages)
    sys.stdout.write(f"{len(passages):,} passages, {undated:,} without a date, {len(content):,} bytes\n")


if __name__ == "__main__":
    main()
