"""The report beside the file: FILE.report.csv line by line for a spreadsheet, FILE.report.txt in words."""

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import httpx

from deploy.ingesting.conversion import Conversion

COLUMNS: Final = ("ligne", "référence", "sort", "identifiant", "version", "champ", "valeur", "motif", "remède")
_UNTOLD: Final = {"field": "ligne", "message": "Illisible, comme les précédentes.", "remedy": "Corriger les premières."}
_SORT: Final = {
    "created": "créées",
    "updated": "modifiées",
    "unchanged": "inchangées",
    "superseded": "devancées par une observation plus récente",
    "rejected": "rejetées",
    "withdrawn": "retirées car absentes",
}


def report_paths(beside: Path) -> tuple[Path, Path]:
    """Where the two reports of a file stand."""
    return beside.with_name(f"{beside.name}.report.csv"), beside.with_name(f"{beside.name}.report.txt")


def write_report(
    client: httpx.Client, run: dict[str, Any], conversion: Conversion | None, beside: Path, *, every_line: bool
) -> tuple[Path, Path]:
    """Writes both. The CSV holds the rejected lines and the withdrawals, or with `every_line` the fate of each line.

    Both appear whole or not at all. Raises httpx.HTTPError.
    """
    lines_path, words_path = report_paths(beside)
    with replaced(lines_path) as target:
        target.write("\ufeff".encode() + _row(COLUMNS))
        for cells in _lines(client, run, conversion, every_line):
            target.write(_row(cells))
    with replaced(words_path) as target:
        target.write(("\r\n".join(words(run, conversion)) + "\r\n").encode())
    return lines_path, words_path


def words(run: dict[str, Any], conversion: Conversion | None) -> list[str]:
    """What became of the file, in French, line by line."""
    said = [
        f"Envoi {run['run']}{' (essai : rien n’est publié)' if run['dry_run'] else ''}, observé le {run['observed_at']}",
        f"{run['lines']} lignes lues",
        *(f"{run[sort]} {shown}" for sort, shown in _SORT.items() if run.get(sort)),
    ]
    if run.get("resumed_after_lines"):
        said.append(
            f"Repris : {run['resumed_after_lines']} lignes étaient déjà écrites par un envoi précédent du même fichier"
        )
    ignored = [(one.name, one.like) for one in conversion.ignored] if conversion else []
    found = run.get("found") or {}
    ignored += [(one["name"], one.get("like")) for one in found.get("ignored_columns", [])]
    dialect = conversion.dialect if conversion else None
    charset = dialect.charset if dialect else found.get("charset")
    delimiter = dialect.delimiter if dialect else found.get("delimiter")
    if delimiter:
        shown = "tabulation" if delimiter == "\t" else delimiter
        said.append(f"Fichier lu en {charset or 'ASCII'}, séparateur « {shown} »")
    for name, like in ignored:
        said.append(f"Colonne laissée de côté : {name}" + (f" (voulait-on dire « {like} » ?)" if like else ""))
    if conversion:
        total = sum(conversion.not_supply.values())
        if total:
            said.append(f"{total} lignes qui ne sont pas une offre de logement :")
            said += [f"  {count} × {cause}" for cause, count in conversion.not_supply.most_common()]
    snapshot = run.get("snapshot")
    if snapshot:
        said.append(f"Fichier complet : {snapshot['words']}")
    return said


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file to write; it takes its name once it is whole."""
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with half.open("wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _lines(
    client: httpx.Client, run: dict[str, Any], conversion: Conversion | None, every_line: bool
) -> Iterator[Iterable[str]]:
    """Rows in the order of the file; what the API said of lines that were told here is replaced by our own words."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in conversion.told if conversion else []:
        told[one["line"]].append(one)
    faulty = set(conversion.faulty) if conversion else set()
    for outcome in (None,) if every_line else ("rejected", "withdrawn"):
        if outcome is not None and not run[outcome]:
            continue
        last = 0
        for row in _downloaded(client, run["run"], outcome):
            line = int(row[0]) if row and row[0].isdecimal() else 0
            if line not in faulty:
                yield row
            elif line != last:  # the API has a row for each of its errors
                last = line
                for error in told.get(line, [_UNTOLD]):
                    cells = (error.get(name) for name in ("field", "value", "message", "remedy"))
                    yield (*row[:5], *(_safe("" if cell is None else str(cell)) for cell in cells))


def _downloaded(client: httpx.Client, run: str, outcome: str | None) -> Iterator[list[str]]:
    parameters = {} if outcome is None else {"outcome": outcome}
    with client.stream("GET", f"/v1/runs/{run}/lines", params=parameters, headers={"Accept": "text/csv"}) as answer:
        answer.raise_for_status()
        rows = csv.reader(_whole_lines(answer.iter_text()), delimiter=";")
        next(rows, None)
        yield from rows


def _whole_lines(parts: Iterable[str]) -> Iterator[str]:
    rest = ""
    for part in parts:
        *whole, rest = (rest + part).split("\n")
        for line in whole:
            yield line + "\n"
    if rest:
        yield rest


def _row(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


def _safe(cell: str) -> str:
    """A spreadsheet shows it and never runs it."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
