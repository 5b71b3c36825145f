"""`ancrage test`: which runs of pytest it makes, and what it says of them at the end."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deploy.commands.test import DEFAULT_TIERS, ON_ALL_CORES, TIERS, WITHOUT_SERVERS, failures, outcome, pytest_runs


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in TIERS.values():
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / TIERS["browser"]).rmdir()
    return tmp_path


def test_the_default_tiers_come_in_two_runs_and_those_without_servers_use_all_cores(checkout: Path) -> None:
    quick = [TIERS[name] for name in DEFAULT_TIERS if name in WITHOUT_SERVERS]
    others = [TIERS[name] for name in DEFAULT_TIERS if name not in WITHOUT_SERVERS]
    assert pytest_runs(None, [], checkout) == [[*quick, *ON_ALL_CORES], others]
    assert pytest_runs("-k", ["name"], checkout) == [[*quick, *ON_ALL_CORES, "-k", "name"], [*others, "-k", "name"]]
    assert "tests/bench" in pytest_runs("all", [], checkout)[1]


def test_one_tier_or_a_path_is_one_run(checkout: Path) -> None:
    assert pytest_runs("unit", ["-x"], checkout) == [["tests/unit", *ON_ALL_CORES, "-x"]]
    assert pytest_runs("chaos", ["-x"], checkout) == [["tests/chaos", "-x"]]
    assert pytest_runs("tests/unit::test_x", [], checkout) == [["tests/unit::test_x"]]


@pytest.mark.parametrize("first", ["browser", "nothing"])
def test_a_tier_without_tests_and_what_is_no_tier_are_refused(checkout: Path, first: str) -> None:
    with pytest.raises(ValueError, match=first):
        pytest_runs(first, [], checkout)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([0], 0), ([0, 0], 0), ([1, 0], 1), ([0, 2], 2), ([5, 0], 0), ([0, 5], 0), ([5, 5], 5), ([5, 1], 1)],
)
def test_runs_fail_where_one_of_them_does_and_one_may_be_empty(codes: list[int], expected: int) -> None:
    assert outcome(codes) == expected


def test_failures_are_read_from_the_report_that_pytest_writes(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]")
    (tmp_path / "test_some.py").write_text(
        textwrap.dedent("""
        import pytest

        @pytest.fixture
        def broken():
            raise OSError("no server")

        def test_good(): pass
        def test_bad(): assert 1 == 2, "two lines\\nof words"
        def test_unready(broken): pass
        @pytest.mark.skip
        def test_skipped(): pass
        """)
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", "-p", "no:cacheprovider", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    assert list(failures(report)) == [
        "test_some::test_bad: AssertionError: two lines",
        'test_some::test_unready: failed on setup with "OSError: no server"',
    ]


def test_a_run_that_ended_before_its_report_has_no_failures_to_name(tmp_path: Path) -> None:
    assert list(failures(tmp_path / "absent.xml")) == []
