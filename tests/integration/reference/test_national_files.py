"""The shipped pack and the official files that it was made from: loading them again changes nothing."""

from pathlib import Path

import pytest

from deploy.reference.updating import propose
from shared.reference import SHIPPED, opened, reference_folder

GIVEN = Path(__file__).resolve().parents[3].parent / "shared" / "data"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("zones-emploi", "communes_zones_emploi_2020.csv"),
        ("bassins", "communes_bassins_emploi_2021.csv"),
        ("rpls-communes", "parc_social_communes_2024.csv"),
        ("bmo", "bmo_2024.xlsx"),
        ("dares-tensions", "tensions_bassin_rome_2021.csv"),
    ],
)
def test_a_national_file_of_the_same_vintage_changes_nothing(kind: str, name: str) -> None:
    path = GIVEN / name
    if not path.is_file():
        pytest.skip(f"the official file {name} is not on this machine")
    pack = opened(SHIPPED, reference_folder())
    proposed = propose(pack, kind, [path], None)
    assert proposed.review.changes == ()
    assert proposed.geography_version == pack.manifest.geography_version
    assert [table for table in pack.manifest.tables if proposed.tables[table] != pack.read(table)] == []
