"""Derive the tables of shared/geography/data from the reference pack and the `decoupage-administratif` package.

Usage: python -m scripts.derive_geography --geo PACK --decoupage PACKAGE/data --out shared/geography/data

PACK is the folder of the reference pack (communes.csv, epci.csv, ..., epci.geojson, departements.geojson); PACKAGE is
the unpacked npm package @etalab/decoupage-administratif 6.0.0. No clock and no random number: the same inputs give the
same bytes.
"""

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

from deploy.reference.tables import packed, table

# Bassins d'emploi have a table of their own: no count depends on them.
COMMUNE_COLUMNS = (
    "code",
    "name",
    "epci",
    "departement",
    "region",
    "population",
    "latitude",
    "longitude",
    "zone_emploi",
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def postal_codes(communes: list[dict[str, Any]], current: set[str]) -> list[tuple[str, str]]:
    """(postal code, the communes it serves, most populous first, separated by a space)."""
    served: dict[str, list[tuple[int, str]]] = {}
    for commune in communes:
        if commune["code"] in current and commune["type"] == "commune-actuelle":
            for postal in commune.get("codesPostaux", []):
                served.setdefault(postal, []).append((-commune["population"], commune["code"]))
    return [(postal, " ".join(code for _, code in sorted(found))) for postal, found in sorted(served.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("geo", "decoupage", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    geo: Path = arguments.geo
    out: Path = arguments.out

    communes = rows_of(geo / "communes.csv")
    current = {row["code"] for row in communes}
    raw = json.loads((arguments.decoupage / "communes.json").read_text(encoding="utf-8"))
    postal = postal_codes(raw, current)
    files = {
        "communes.csv.gz": packed(table(COMMUNE_COLUMNS, ([row[c] for c in COMMUNE_COLUMNS] for row in communes))),
        "commune_bassins.csv.gz": packed(
            table(
                ("commune", "bassin"), ((row["code"], row["bassin_emploi"]) for row in communes if row["bassin_emploi"])
            )
        ),
        "postal_codes.csv.gz": packed(table(("postal_code", "communes"), postal)),
        **{
            f"{name}.csv": (geo / f"{name}.csv").read_bytes()
            for name in ("zones_emploi", "bassins", "departements", "regions")
        },
        "epci.csv.gz": packed((geo / "epci.csv").read_bytes()),
        **{f"{name}.geojson.gz": packed((geo / f"{name}.geojson").read_bytes()) for name in ("epci", "departements")},
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content):,} bytes\n")
    sys.stdout.write(f"{len(communes):,} communes, {len(postal):,} postal codes\n")


if __name__ == "__main__":
    main()
