"""What `tabular` says of a file, a header or a line that it cannot read. Pure."""

from typing import Final

from services.ingest.core.faults import Fault
from shared.words import Words


def _line(value: str | None, fr: str, en: str, remedy_fr: str, remedy_en: str) -> Fault:
    return Fault("line", value, Words(fr, en), Words(remedy_fr, remedy_en))


NO_HEADER: Final = Fault(
    "header",
    None,
    Words("Le fichier est vide : la ligne des noms de colonnes manque.", "The file is empty: it has no header line."),
    Words(
        "Mettre en première ligne les noms des colonnes, par exemple reference;commune;…",
        "Put the column names in the first line, for instance reference;commune;…",
    ),
)
WORKBOOK: Final = Fault(
    "header",
    None,
    Words("Ceci est un classeur Excel, pas du texte.", "This is an Excel workbook, not text."),
    Words(
        "Dans Excel : Fichier, Enregistrer sous, « CSV UTF-8 (délimité par des virgules) ».",
        "In Excel: File, Save as, “CSV UTF-8 (comma delimited)”.",
    ),
)
NUL: Final = _line(
    None,
    "La ligne contient un caractère nul.",
    "The line holds a NUL character.",
    "Exporter de nouveau en texte (CSV UTF-8).",
    "Export again as text (CSV UTF-8).",
)
CUT: Final = _line(
    None,
    "La dernière ligne est coupée : le fichier n'est pas entier.",
    "The last line is cut: the file is not whole.",
    "Renvoyer le fichier entier.",
    "Send the whole file again.",
)


def overlong(limit: int) -> Fault:
    return _line(
        None,
        f"Ligne de plus de {limit} octets.",
        f"A line of more than {limit} bytes.",
        "Vérifier que les lignes sont séparées et retirer les textes longs.",
        "Check that lines are separate and take long texts out.",
    )


def long_cell(cell: str, limit: int) -> Fault:
    return _line(
        cell,
        f"Cellule de plus de {limit} caractères.",
        f"A cell of more than {limit} characters.",
        "Retirer ce texte : aucun champ n'en a besoin.",
        "Take this text out: no field needs it.",
    )


def ragged(expected: int, found: int, delimiter: str) -> Fault:
    shown = {"\t": "tab"}.get(delimiter, delimiter)
    return _line(
        None,
        f"{found} cellules au lieu de {expected}.",
        f"{found} cells instead of {expected}.",
        f"Mettre entre guillemets une cellule qui contient « {shown} » ou une fin de ligne ; compléter une ligne courte.",
        f"Quote a cell that holds “{shown}” or a line end; complete a short line.",
    )


def never_closed(cells: list[str], text: str) -> Fault:
    return _line(
        text[:40],
        f"Le guillemet ouvert dans la cellule {len(cells) + 1} n'est jamais fermé.",
        f"The quote opened in cell {len(cells) + 1} is never closed.",
        'Fermer le guillemet, ou doubler ("") celui qui fait partie du texte.',
        'Close the quote, or double ("") one that belongs to the text.',
    )


def text_after_quote(cell: str) -> Fault:
    return _line(
        cell,
        "Du texte suit le guillemet fermant.",
        "Text follows the closing quote.",
        'Doubler ("") un guillemet qui fait partie du texte.',
        'Double ("") a quote that belongs to the text.',
    )


def space_before_quote(cell: str) -> Fault:
    return _line(
        cell,
        "Une espace précède le guillemet ouvrant.",
        "A space stands before the opening quote.",
        "Retirer l'espace entre le séparateur et le guillemet.",
        "Take out the space between the delimiter and the quote.",
    )


def too_wide(found: int, limit: int) -> Fault:
    return Fault(
        "header",
        None,
        Words(f"{found} colonnes ; au plus {limit}.", f"{found} columns; at most {limit}."),
        Words("Retirer des colonnes.", "Take columns out."),
    )


def twice(name: str) -> Fault:
    return Fault(
        "header",
        name,
        Words(f"La colonne « {name} » figure deux fois.", f"The column “{name}” stands twice."),
        Words("N'en garder qu'une.", "Keep one of them."),
    )
