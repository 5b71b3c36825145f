"""Derive deploy/demo/stock/offers.xz from the stock of job offers of one day by commune and ROME code.

Usage: python -m scripts.derive_stock --data FOLDER --out deploy/demo/stock

FOLDER holds offres_commune_rome_2021-12-21.csv.bz2. Rows of the same commune and code are added up, the code of a commune
that was merged since becomes the current one, arrondissements stay as they are. Offers whose commune is empty or the
word null have no place. Needs shared/geography/data in place.
"""

import argparse
import bz2
import csv
import sys
from collections import Counter
from pathlib import Path

from deploy.demo.stock.columns import encode
from shared.geography import ARRONDISSEMENTS, geography

NO_PLACE = {"", "null"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    places = geography()
    offers: Counter[tuple[str, str]] = Counter()
    told: Counter[str] = Counter()
    with bz2.open(
        arguments.data / "offres_commune_rome_2021-12-21.csv.bz2", "rt", encoding="utf-8-sig", newline=""
    ) as f:
        for row in csv.DictReader(f, delimiter=";"):
            given, count = row["commune"].strip(), int(row["nb_offre"])
            code = given
            if given in NO_PLACE:
                code = ""
                told[f"commune {given!r}"] += count
            elif given not in places.communes and given not in ARRONDISSEMENTS:
                current = places.current_code(given)
                told["former code mapped" if current else f"unknown commune {given}"] += count
                code = current or given
            offers[code, row["dc_rome_id"]] += count
    data = encode((commune, rome, count) for (commune, rome), count in offers.items())
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "offers.xz").write_bytes(data)
    sys.stdout.write(f"{offers.total():,} offers in {len(offers):,} rows, {len(data):,} bytes\n")
    for what, count in sorted(told.items()):
        sys.stdout.write(f"  {what}: {count:,} offers\n")


if __name__ == "__main__":
    main()
