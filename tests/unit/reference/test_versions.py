"""Versions on disk: whole or not at all, one in use, and a broken one never."""

import json
import shutil
from pathlib import Path

import pytest

from deploy.reference.checks import PackRefusedError, problems_of, read_tables
from deploy.reference.review import reviewed
from deploy.reference.store import checked, use, versions, write
from shared.geography import Passage, PassageKind
from shared.reference import SHIPPED, BrokenPackError, Pack
from shared.reference.packs import active, chosen
from tests.unit.reference.conftest import NOW, country

V460 = "4.0 v460"


def test_a_version_is_complete_named_by_day_and_content_and_written_once(base: Pack, folder: Path) -> None:
    assert base.version.startswith("2026-11-26-")
    assert versions(folder) == [SHIPPED, base.version]
    again = write(folder, base, country().tables(), base.manifest.sources, base.manifest.geography_version, NOW)
    assert again.version == base.version
    assert versions(folder) == [SHIPPED, base.version]
    manifest = json.loads((folder / base.version / "manifest.json").read_bytes())
    assert manifest["sources"][0]["licence"] == "Licence Ouverte 2.0"
    assert len(manifest["tables"]["geography/communes.csv.gz"]["sha256"]) == 64


def test_another_content_is_another_version_and_the_way_back_is_one_step(base: Pack, folder: Path) -> None:
    draft = country()
    draft.zones["0051"] = "Grand Nord"
    tables = draft.tables()
    version = read_tables(tables, V460).geography.version
    other = write(folder, base, tables, base.manifest.sources, version, NOW)
    assert other.version != base.version
    assert other.manifest.base == base.version
    use(folder, base.version)
    use(folder, other.version)
    assert chosen(folder) == other.version
    use(folder, base.version)
    assert chosen(folder) == base.version
    use(folder, SHIPPED)
    assert chosen(folder) == SHIPPED


def test_a_process_reads_the_version_in_use_and_keeps_to_it(in_use: Pack, folder: Path) -> None:
    assert active().version == in_use.version
    use(folder, SHIPPED)
    assert active().version == in_use.version
    active.cache_clear()
    assert active().version == SHIPPED


def test_what_a_crash_leaves_is_no_version(base: Pack, folder: Path) -> None:
    unfinished = folder / ".unfinished-1234"
    shutil.copytree(folder / base.version, unfinished)
    assert versions(folder) == [SHIPPED, base.version]


@pytest.mark.parametrize("harm", ["changed", "missing", "cut", "manifest", "renamed", "table left out"])
def test_a_broken_version_is_refused_and_the_one_in_use_stays(base: Pack, folder: Path, harm: str) -> None:
    use(folder, SHIPPED)
    place = folder / base.version
    name = base.version
    table = place / "geography/communes.csv.gz"
    manifest = place / "manifest.json"
    if harm == "changed":
        table.write_bytes(table.read_bytes()[:-1] + b"x")
    elif harm == "missing":
        table.unlink()
    elif harm == "cut":
        table.write_bytes(table.read_bytes()[:20])
    elif harm == "manifest":
        manifest.write_bytes(b"{}")
    elif harm == "renamed":
        name = "2099-01-01-aaaaaaaa"
        place.rename(folder / name)
    else:
        content = json.loads(manifest.read_bytes())
        del content["tables"]["occupations/rome.csv"]
        manifest.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BrokenPackError, match=r"inutilisable.*ancrage reference use"):
        use(folder, name)
    assert chosen(folder) == SHIPPED


def test_a_broken_version_is_set_aside_when_the_same_content_is_written_again(base: Pack, folder: Path) -> None:
    (folder / base.version / "occupations/rome.csv").write_bytes(b"")
    again = write(folder, base, country().tables(), base.manifest.sources, base.manifest.geography_version, NOW)
    assert again.version == base.version
    assert checked(folder, base.version).read("occupations/rome.csv")
    assert versions(folder) == [SHIPPED, base.version]


def test_a_process_never_falls_back_silently_from_a_broken_version(in_use: Pack, folder: Path) -> None:
    (folder / in_use.version / "occupations/rome.csv").write_bytes(b"code,label\n")
    active.cache_clear()
    with pytest.raises(BrokenPackError, match=r"rome\.csv"):
        active()


def test_a_manifest_that_names_another_geography_is_refused(folder: Path, base: Pack) -> None:
    made = country()
    made.zones["0051"] = "Nord-Nord"
    wrong = write(folder, base, made.tables(), base.manifest.sources, "0" * 16, NOW)
    with pytest.raises(PackRefusedError, match="0000000000000000"):
        checked(folder, wrong.version)


def read(draft: object) -> list[str]:
    tables = draft.tables()  # type: ignore[attr-defined]
    return problems_of(read_tables(tables, V460))


def test_a_sound_pack_has_no_problem() -> None:
    assert read(country()) == []


def test_what_does_not_hold_together_is_named() -> None:
    import msgspec

    far = country()
    far.communes["15003"] = msgspec.structs.replace(far.communes["15003"], latitude=3.0, longitude=45.0)
    assert read(far) == ["1 communes hors de France par leur point : 15003"]
    seat = country()
    seat.departements["15"] = seat.departements["15"]._replace(chef_lieu="15999")
    assert read(seat) == ["1 chefs-lieux qui ne sont pas des communes : 15999"]
    lost = country()
    lost.passages.append(Passage(None, PassageKind.MERGED, "01010", ("01777",)))
    assert "1 anciens codes qui ne mènent à aucune commune actuelle : 01010" in read(lost)
    postal = country()
    postal.postal["01000"] = ("01001", "01888")
    assert read(postal) == ["1 codes postaux sans commune actuelle : 01000"]
    region = country()
    region.departements["01"] = region.departements["01"]._replace(region="27")
    assert read(region) == ["3 communes hors de la région de leur département : 01001, 01002, 01003"]


def test_tables_that_cannot_be_read_are_refused_not_raised() -> None:
    tables = country().tables()
    with pytest.raises(PackRefusedError, match="illisibles"):
        read_tables({**tables, "geography/zones_emploi.csv": b"code,name\n1,2\n"}, V460)
    empty = read_tables({**tables, "geography/zones_emploi.csv": b""}, V460)
    assert problems_of(empty) == ["6 communes sans zone d'emploi du référentiel : 01001, 01002, 01003, 15001, 15002, …"]


def test_the_same_content_has_an_empty_review() -> None:
    tables = country().tables()
    found = reviewed(read_tables(tables, V460), read_tables(tables, V460))
    assert found.changes == ()
    assert not found.geography_changes


def test_a_review_says_what_moves_and_what_is_too_much() -> None:
    import msgspec

    draft = country()
    draft.communes["01002"] = msgspec.structs.replace(draft.communes["01002"], epci="200000003", name="Brion-Neuf")
    draft.rome_v4["A1102"]["valid_until"] = "4.0 v470"
    found = reviewed(read_tables(country().tables(), V460), read_tables(draft.tables(), V460))
    changes = {change.what: change for change in found.changes}
    moved = changes["communes qui changent de territoire"]
    assert (moved.count, moved.examples) == (1, ("01002 CC Aigues → CC Ennezat",))
    assert moved.share == pytest.approx(1 / 6)
    assert changes["communes qui changent de nom"].examples == ("01002 Brion → Brion-Neuf",)
    assert changes["codes ROME que la 4.0 n'a plus"].examples == ("A1102 Débardeur",)
    assert moved in found.too_much
    assert found.geography_changes
