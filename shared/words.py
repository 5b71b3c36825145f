"""What is said to people, kept once as a pair: French and English of the same fact stand side by side."""

from typing import NamedTuple


class Words(NamedTuple):
    """One label or sentence in both languages."""

    fr: str
    en: str

    def said(self, lang: str) -> str:
        """In "en", else in French."""
        return self.en if lang == "en" else self.fr
