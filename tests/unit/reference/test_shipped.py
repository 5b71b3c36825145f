"""The shipped pack is what its manifest says."""

from datetime import date

from deploy.reference.draft import Draft
from shared.geography import geography
from shared.geography.pack import TABLES as GEOGRAPHY_TABLES
from shared.geography.pack import content, version_of
from shared.reference import SHIPPED, TableFacts, active, opened, reference_folder
from shared.reference.manifest import TABLES


def test_every_table_is_the_one_that_the_manifest_names() -> None:
    pack = opened(SHIPPED, reference_folder())
    assert set(pack.manifest.tables) == set(TABLES)
    for name, facts in pack.manifest.tables.items():
        assert TableFacts.of(pack.read(name)) == facts, f"{name}: run python -m scripts.derive_manifest"


def test_tests_read_the_shipped_pack_and_the_geography_has_the_version_that_its_manifest_names() -> None:
    assert active().version == SHIPPED
    assert active().manifest.geography_version == geography().version
    assert version_of({name: content(name) for name in GEOGRAPHY_TABLES}) == geography().version


def test_every_source_names_its_producer_vintage_and_licence() -> None:
    for source in active().manifest.sources:
        assert source.producer
        assert source.vintage
        assert source.licence == "Licence Ouverte 2.0"
    assert date.fromisoformat(active().manifest.vintage("communes")) == date(2026, 1, 1)


def test_a_draft_that_changes_nothing_gives_the_same_bytes() -> None:
    pack = opened(SHIPPED, reference_folder())
    tables = Draft.of(pack).tables()
    assert [name for name in pack.manifest.tables if tables[name] != pack.read(name)] == []
