"""Derive the tables of shared/occupations/data from the ROME labels and the lists of related ROME codes by bassin.

Usage: python -m scripts.derive_occupations --data FOLDER --rome-v4 FILE --out shared/occupations/data

FOLDER holds rome_v3_labels.csv and rome_connexe_bassin.csv. The `score` of the second file is not read: it is noise
(see shared/occupations/data/SOURCES.md, and `--check-scores` to see the figures). FILE is the 4.0 as France Travail
publishes it: unix_referentiel_code_rome_v460_utf8.csv.
"""

import argparse
import csv
import statistics
import sys
from collections import Counter, defaultdict
from pathlib import Path

from deploy.reference.occupations import rome_v4_rows
from deploy.reference.official import read_official
from shared.occupations.pack import V4_COLUMNS


def rows_of(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def write(path: Path, header: tuple[str, ...], rows: list[tuple[str | int, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    sys.stdout.write(f"{path.name}: {len(rows):,} rows, {path.stat().st_size:,} bytes\n")


def check_scores(related: list[dict[str, str]]) -> str:
    """Variance of the score, whole and within a pair of codes over the bassins (1/12 = 0.0833 is uniform noise)."""
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in related:
        scores[row["rome"], row["rome_connexe"]].append(float(row["score"]))
    repeated = [values for values in scores.values() if len(values) > 1]
    within = sum(statistics.pvariance(values) * len(values) for values in repeated) / sum(len(v) - 1 for v in repeated)
    whole = statistics.pvariance([score for values in scores.values() for score in values])
    return f"variance of the score: {whole:.4f} in all, {within:.4f} within a pair (uniform noise: {1 / 12:.4f})\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rome-v4", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--check-scores", action="store_true")
    arguments = parser.parse_args()

    # The source wrote the commas of the official labels as semicolons.
    labels = {
        row["rome_id"]: row["rome_label"].replace(";", ",").strip()
        for row in rows_of(arguments.data / "rome_v3_labels.csv", "|")
    }
    related = rows_of(arguments.data / "rome_connexe_bassin.csv", ",")
    if arguments.check_scores:
        sys.stdout.write(check_scores(related))
    bassins: dict[str, set[str]] = defaultdict(set)
    for row in related:
        bassins[row["rome"]].add(row["code_bassin_emploi"])
    listed = Counter((code, near) for _, code, near in {tuple(list(row.values())[:3]) for row in related})
    fourth = rome_v4_rows(read_official(arguments.rome_v4).rows, set(labels))
    arguments.out.mkdir(parents=True, exist_ok=True)
    write(arguments.out / "rome.csv", ("code", "label"), sorted(labels.items()))
    write(arguments.out / "rome_v4.csv", V4_COLUMNS, [(one.code, one.title, one.sheet, "", "") for one in fourth])
    write(
        arguments.out / "related.csv",
        ("code", "related", "bassins_listing_it", "bassins"),
        [(code, near, count, len(bassins[code])) for (code, near), count in sorted(listed.items())],
    )


if __name__ == "__main__":
    main()
