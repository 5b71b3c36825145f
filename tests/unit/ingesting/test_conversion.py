"""A file in a layout of its own as NDJSON: line for line, with what cannot be read told here and refused there."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deploy.ingesting.conversion import REFUSED_FIELD, Conversion
from deploy.ingesting.layout_choice import conversion_for
from services.ingest.core.layouts import NamedColumns
from services.ingest.core.mapping import read_mapping
from services.ingest.core.offer_columns import OFFER_TABLE
from services.ingest.core.rpls import Rpls

RPLS = "MODE;DEPCOM;NBPIECE;SURFHAB;FINAN;LOYERPRINC;Référence\n"


def converted(conversion: Conversion, text: str, *, block: int = 1 << 16) -> list[str]:
    data = text.encode()
    blocks = [data[start : start + block] for start in range(0, len(data), block)]
    return b"".join(conversion.ndjson(blocks)).decode().split("\n")


def test_each_line_stands_at_the_place_of_its_row() -> None:
    conversion = Conversion(Rpls(2026), "rpls:2026")
    rows = ["2;15014;3;62;13;410;A", "1;15014;3;62;13;410;B", "", '2;"15014";4;70;13;450;"C"', "2;15014;4;70;13;450"]
    lines = converted(conversion, RPLS + "\n".join(rows) + "\n")
    assert [json.loads(line)["reference"] if line else None for line in lines] == [
        None,
        "A",
        None,
        None,
        "C",
        None,
        None,
    ]
    assert json.loads(lines[5]) == {"reference": None, REFUSED_FIELD: True}
    assert dict(conversion.not_supply) == {"MODE 1 : loué": 1}
    assert (list(conversion.faulty), conversion.told[0]["line"]) == ([6], 6)


def test_a_row_that_cannot_be_read_is_sent_to_be_rejected_under_its_reference() -> None:
    conversion = Conversion(Rpls(2026), "rpls:2026")
    (_, line, _) = converted(conversion, RPLS + "2;15014;3;62;77;9999;A\n")
    # Without it a full file would withdraw the dwelling for a mistake in its row.
    assert json.loads(line) == {"reference": "A", REFUSED_FIELD: True}
    assert [(one["line"], one["reference"], one["field"]) for one in conversion.told] == [
        (2, "A", "FINAN"),
        (2, "A", "LOYERPRINC"),
    ]


def test_a_second_reading_starts_afresh_and_gives_the_same_bytes() -> None:
    conversion = Conversion(Rpls(2026), "rpls:2026")
    text = RPLS + "2;15014;3;62;77;410;A\n1;15014;3;62;13;410;B\n" * 3
    first = converted(conversion, text)
    told, passed = list(conversion.told), dict(conversion.not_supply)
    assert converted(conversion, text, block=7) == first
    assert (conversion.told, dict(conversion.not_supply), list(conversion.faulty)) == (told, passed, [2, 4, 6])


@given(rows=st.lists(st.text('2;"\n A1é', max_size=20), max_size=20), block=st.integers(1, 40))
def test_whatever_the_file_its_lines_keep_their_numbers(rows: list[str], block: int) -> None:
    text = "ref;rome;contrat\n" + "\n".join(rows)
    conversion = Conversion(NamedColumns(OFFER_TABLE), "named")
    lines = converted(conversion, text, block=block)
    assert len(lines) <= len(text.splitlines()) + 1
    said: dict[int, Any] = {number: json.loads(line) for number, line in enumerate(lines, 1) if line}
    refused = {number for number, body in said.items() if REFUSED_FIELD in body}
    assert refused == set(conversion.faulty) == {one["line"] for one in conversion.told}


def test_a_mapping_is_a_layout_too() -> None:
    mapping = read_mapping('kind = "offers"\n[columns]\nreference = "ID"\nrome = "M"\n[constants]\ncontract = "CDI"')
    conversion = Conversion(mapping, "mapping")
    lines = converted(conversion, "ID;M;X\nO-1;f1703;?\n")
    assert json.loads(lines[1]) == {"contract": "CDI", "reference": "O-1", "rome": "F1703"}
    assert [ignored.name for ignored in conversion.ignored] == ["X"]


def test_a_layout_has_the_same_name_in_another_process_and_another_layout_another(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('kind = "offers"\n[columns]\nreference = "ID"\nrome = "M"\n[constants]\ncontract = "CDI"')
    options: dict[str, Any] = {"layout": None, "vintage": None}
    first, second = (conversion_for("offers", mapping=path, **options) for _ in range(2))
    path.write_text(path.read_text().replace('"M"', '"N"'))
    third = conversion_for("offers", mapping=path, **options)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.name == second.name != third.name
    assert " at 0x" not in first.name  # an address of memory is another in each process
