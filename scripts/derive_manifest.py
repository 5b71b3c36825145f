"""Write shared/reference/shipped.json: the manifest of the tables that ship with the project.

Usage: python -m scripts.derive_manifest

Run it after any other script that changes a table. The same tables give the same bytes.
"""

import sys
from pathlib import Path
from typing import Final

import shared
from shared.geography.pack import TABLES as GEOGRAPHY_TABLES
from shared.geography.pack import unpacked, version_of
from shared.reference import SHIPPED, Manifest, Source, TableFacts
from shared.reference.manifest import TABLES

_LICENCE: Final = "Licence Ouverte 2.0"
_PACKAGE: Final = "npm @etalab/decoupage-administratif 6.0.0"
_COG: Final = "scripts.derive_geography"
_FIGURES: Final = "scripts.derive_official_figures"
SOURCES: Final = (
    Source("communes", f"Code officiel géographique, par {_PACKAGE}", "INSEE", "2026-01-01", _LICENCE, _COG),
    Source("populations", f"Populations municipales, par {_PACKAGE}", "INSEE", "2026", _LICENCE, _COG),
    Source(
        "movements",
        "Mouvements des communes depuis 1943, par GitHub datagouv/decoupage-administratif 98976e5f",
        "INSEE",
        "2026-01-01",
        _LICENCE,
        "scripts.derive_passages",
    ),
    Source("points", "Points officiels des communes", "INSEE / La Poste", "2025", _LICENCE, _COG),
    Source("epci", f"Composition des EPCI, par {_PACKAGE}", "DGCL", "2026-01-01", _LICENCE, _COG),
    Source("zones-emploi", "Zones d'emploi", "INSEE", "2020", _LICENCE, _COG),
    Source("bassins", "Bassins d'emploi", "France Travail", "2021", _LICENCE, _COG),
    Source("postal-codes", f"Codes postaux, par {_PACKAGE}", "La Poste", "2026", _LICENCE, _COG),
    Source(
        "rpls-communes",
        "Parc social par commune (RPLS)",
        "SDES",
        "2024-01-01",
        _LICENCE,
        "scripts.derive_social_housing",
    ),
    Source(
        "rome",
        "ROME 4.0, référentiel des codes (unix_referentiel_code_rome_v460_utf8.csv), par GitHub tomjoy75/code_rome 5d8f533d",
        "France Travail",
        "4.0 v460",
        _LICENCE,
        "scripts.derive_occupations",
    ),
    Source(
        "bmo",
        "Besoins en main-d'œuvre (BMO), par métier et bassin",
        "France Travail",
        "2024",
        _LICENCE,
        _FIGURES,
    ),
    Source(
        "dares-tensions",
        "Tensions par métier (ROME) et bassin",
        "DARES, Pôle emploi",
        "2021",
        _LICENCE,
        _FIGURES,
    ),
    Source(
        "action-coeur-de-ville",
        "Communes du programme Action cœur de ville, par GitHub anct-carto/action_coeur_de_ville 6903e5d4",
        "ANCT",
        "2024-04-01",
        _LICENCE,
        _FIGURES,
    ),
    Source("rome-v3", "ROME v3 et métiers connexes", "Pôle emploi", "2021", _LICENCE, "scripts.derive_occupations"),
)


def main() -> None:
    root = Path(shared.__file__).parent
    stored = {name: (root / name.replace("/", "/data/")).read_bytes() for name in TABLES}
    manifest = Manifest(
        version=SHIPPED,
        tables={name: TableFacts.of(content) for name, content in stored.items()},
        sources=SOURCES,
        geography_version=version_of({name: unpacked(name, stored[f"geography/{name}"]) for name in GEOGRAPHY_TABLES}),
    )
    (root / "reference" / "shipped.json").write_bytes(manifest.encoded())
    sys.stdout.write(f"geography {manifest.geography_version}, {len(manifest.tables)} tables\n")


if __name__ == "__main__":
    main()
