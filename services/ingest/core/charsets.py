"""Which characters the bytes of a file are: UTF-8, Windows-1252 or Excel's UTF-16, told from the bytes. Pure.

Lines are cut before they are decoded, so all work is done in a superset of ASCII; UTF-16 is turned into UTF-8 first.
"""

import codecs
from typing import Final

from services.ingest.core.faults import Fault
from shared.words import Words

UTF8: Final = "utf-8"
CP1252: Final = "cp1252"
UTF16: Final = "utf-16"
KNOWN: Final = (UTF8, CP1252)
_BOMS: Final = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, UTF16), (codecs.BOM_UTF16_BE, UTF16))
_LOST: Final = "\ufffd"


class Undecodable(ValueError):
    """A line whose bytes are no text in the charset of the file."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason.en)
        self.fault = fault


class Charset:
    """The charset of one file: stated, or found out from its first bytes, or by the first line that is not ASCII.

    `name` is None as long as nothing but ASCII was met.
    """

    def __init__(self, stated: str | None = None) -> None:
        if stated is not None and stated not in KNOWN:
            raise ValueError(f"charset {stated!r}: one of {', '.join(KNOWN)}")
        self.name = stated
        self._utf16: codecs.IncrementalDecoder | None = None

    def detect(self, sample: bytes) -> int:
        """Reads the first bytes of the file; gives the length of the byte order mark to pass over."""
        for mark, name in _BOMS:
            if sample.startswith(mark):
                self.name = name
                if name == UTF16:
                    order = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
                    self._utf16 = codecs.getincrementaldecoder(order)("replace")
                return len(mark)
        if self.name is None:
            # Whole lines only: the sample may end within a character.
            votes = [_is_utf8(line) for line in sample.splitlines()[:-1] if not line.isascii()]
            if votes:
                self.name = UTF8 if 2 * sum(votes) >= len(votes) else CP1252
        return 0

    def to_ascii_superset(self, block: bytes, *, final: bool = False) -> bytes:
        """The block as it is, or UTF-16 as UTF-8. What UTF-16 cannot say becomes U+FFFD, which `decode` refuses."""
        if self._utf16 is None:
            return block
        return self._utf16.decode(block, final).encode()

    def decode(self, line: bytes) -> str:
        """One line. Raises Undecodable."""
        if line.isascii():
            return line.decode("ascii")
        utf8 = _is_utf8(line)
        if self.name is None:
            self.name = UTF8 if utf8 else CP1252
        if self.name == CP1252:
            # Text in Windows-1252 that happens to be UTF-8 is never seen in practice; a file glued from two is.
            if utf8:
                raise Undecodable(_MIXED)
            try:
                return line.decode(CP1252)
            except UnicodeDecodeError as error:
                raise Undecodable(_broken(line, error)) from error
        try:
            text = line.decode(UTF8)
        except UnicodeDecodeError as error:
            raise Undecodable(_broken(line, error)) from error
        if self.name == UTF16 and _LOST in text:
            raise Undecodable(_lost())
        return text


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode(UTF8)
    except UnicodeDecodeError:
        return False
    return True


_REMEDY: Final = Words("Exporter de nouveau tout le fichier en UTF-8.", "Export the whole file again in UTF-8.")
_MIXED: Final = Fault(
    "line",
    None,
    Words(
        "Ligne en UTF-8 dans un fichier en Windows-1252.",
        "A line in UTF-8 within a file in Windows-1252.",
    ),
    _REMEDY,
)


def _broken(line: bytes, error: UnicodeDecodeError) -> Fault:
    byte = f"0x{line[error.start]:02X}"
    name = {UTF8: "UTF-8", CP1252: "Windows-1252"}.get(error.encoding, error.encoding)
    return Fault(
        "line",
        byte,
        Words(
            f"L'octet {byte}, le {error.start + 1}ᵉ de la ligne, n'est pas du {name}.",
            f"Byte {byte}, number {error.start + 1} of the line, is not {name}.",
        ),
        _REMEDY,
    )


def _lost() -> Fault:
    return Fault(
        "line",
        None,
        Words("Un caractère de la ligne est abîmé (UTF-16).", "A character of the line is damaged (UTF-16)."),
        _REMEDY,
    )
