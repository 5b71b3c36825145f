"""Programmes as data: those that ship are sound, and what would break the course is refused with its reason."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.matching.core.programme import ProgrammeInvalid, differences, read_programme
from services.matching.programmes import FOLDER, current, programmes, read_folder, version_of
from shared.programmes import Programme

EMILE = (FOLDER / "emile.1.toml").read_text(encoding="utf-8")


def emile() -> dict[str, Any]:
    return tomllib.loads(EMILE)


def test_every_programme_of_the_platform_has_a_definition() -> None:
    assert set(current()) == {programme.value for programme in Programme}
    assert all(current()[programme.value].label == programme.label for programme in Programme)
    assert all(version_of(code, number).version == number for code, found in programmes().items() for number in found)


def test_the_reason_that_the_contract_names_is_in_every_programme() -> None:
    assert all("rent_too_high" in programme.refusals for programme in current().values())


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_without("steps"), "missing field: steps"),
        (_without("refusals"), "missing field: refusals"),
        (lambda data: data.update(colour="blue"), "unknown fields: colour"),
        (lambda data: data.update(code="emill"), "emill"),
        (lambda data: data.update(version=0), "version"),
        (lambda data: data["steps"].remove("verifying"), "verifying is missing"),
        (lambda data: data["steps"].reverse(), "out of order"),
        (lambda data: data["steps"].insert(0, "released"), "out of order"),
        (lambda data: data.update(signature="accepted"), "signature"),
        (lambda data: data["hold"].update(step="accepted"), "hold.step"),
        (lambda data: data["hold"].update(step="installed"), "hold.step"),
        (lambda data: data["hold"].update(longest_days=0), "longest_days"),
        (lambda data: data["delays"].pop("proposed"), "delays.proposed: missing"),
        (lambda data: data["delays"].update(proposed={"working_days": 0}), "delays.proposed"),
        (lambda data: data["delays"].update(proposed={"weeks": 1}), "weeks"),
        (lambda data: data["job"].update(condition=[]), "job.condition"),
        (lambda data: data["refusals"].pop("landlord_declined"), None),
        (lambda data: data.update(sources=[]), "sources"),
        (lambda data: data["refusals"]["rent_too_high"].update(fr=""), "rent_too_high: fr and en"),
        (lambda data: data["refusals"]["rent_too_high"].update(about="money"), "money"),
    ],
)
def test_a_definition_that_cannot_be_used_says_why(change: Callable[[dict[str, Any]], None], says: str | None) -> None:
    data = emile()
    change(data)
    if says is None:
        assert read_programme(data).code == "emile"  # another reason about the landlord is left
        return
    with pytest.raises(ProgrammeInvalid, match=says):
        read_programme(data)


def test_a_folder_names_every_file_at_fault(tmp_path: Path) -> None:
    (tmp_path / "emile.1.toml").write_text(EMILE, encoding="utf-8")
    (tmp_path / "emile.3.toml").write_text(EMILE.replace("version = 1", "version = 3"), encoding="utf-8")
    (tmp_path / "broken.toml").write_text("steps = [", encoding="utf-8")
    with pytest.raises(ProgrammeInvalid) as raised:
        read_folder(tmp_path)
    assert any(problem.startswith("broken.toml") for problem in raised.value.problems)
    assert any("versions [1, 3]" in problem for problem in raised.value.problems)


def test_a_difference_is_told_line_by_line() -> None:
    data = emile()
    data["version"] = 2
    data["delays"]["approved"] = {"calendar_days": 15}
    del data["refusals"]["home_state"]
    lines = differences(current()["emile"], read_programme(data))
    assert "delays.approved: 10 calendar_days -> 15 calendar_days" in lines
    assert "version: 1 -> 2" in lines
    assert any(line.startswith("refusals.home_state") and line.endswith("-> –") for line in lines)
    assert len(lines) == 3
    assert differences(current()["emile"], current()["emile"]) == []
