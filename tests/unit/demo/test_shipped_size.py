"""All data that ships with the project stays small."""

from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_shipped_data_is_under_6_megabytes() -> None:
    folders = ("shared/geography/data", "shared/occupations/data", "deploy/demo/stock")
    files = [
        file for folder in folders for file in (ROOT / folder).iterdir() if file.is_file() and file.suffix != ".py"
    ]
    assert len(files) >= 14
    assert sum(file.stat().st_size for file in files) < 6_000_000
