"""Derive shared/geography/data/social_dwellings.csv.gz from the table of the social stock by commune (RPLS).

Usage: python -m scripts.derive_social_housing --data FOLDER --out shared/geography/data

FOLDER holds parc_social_communes_2024.csv. A code that is no longer a commune becomes the current one, so a code can
appear twice; arrondissements stay as the source gives them. Needs `former_codes.csv.gz` in place.
"""

import argparse
import csv
import gzip
import io
import sys
from pathlib import Path

from shared.geography import ARRONDISSEMENTS, geography


def figure(cell: str) -> str:
    """A count as the source gives it; an empty cell is a secret, so unknown. Raises ValueError on anything else."""
    return str(int(cell)) if cell.strip() else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    places = geography()
    rows: list[tuple[str, str, str]] = []
    renamed = 0
    unknown: list[str] = []
    source: Path = arguments.data / "parc_social_communes_2024.csv"
    with source.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            code = row["DEPCOM_ARM"].strip()
            if code not in places.communes and code not in ARRONDISSEMENTS:
                current = places.current_code(code)
                renamed += current is not None
                if current is None:
                    unknown.append(code)
                code = current or code
            rows.append((code, figure(row["nb_ls"]), figure(row["nb_vacants"])))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("commune", "social_dwellings", "vacant"))
    writer.writerows(sorted(rows))
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    (arguments.out / "social_dwellings.csv.gz").write_bytes(packed)
    sys.stdout.write(
        f"{len(rows):,} rows, {sum(int(r[1] or 0) for r in rows):,} dwellings, "
        f"{sum(int(r[2] or 0) for r in rows):,} vacant, {sum(not r[2] for r in rows):,} secret; "
        f"{renamed} former codes mapped, unknown: {unknown}; {len(packed):,} bytes\n"
    )


if __name__ == "__main__":
    main()
