"""The words of a mail: French first, English by preference. No name, no address, no figure of anyone: a reference and a
link that expires, behind which an account is needed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
_DAYS: Final = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_TEXTS: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "proposal": "Une proposition attend votre décision",
        "option_lost": "Un logement ou un emploi proposé n'est plus libre",
        "deadline.proposed": "Une décision est à prendre",
        "deadline.approved": "Un ménage n'a pas encore répondu",
        "deadline": "Un logement n'est retenu que jusqu'à son échéance",
        "outcome.accepted": "Un ménage dit oui",
        "outcome.refused": "Une proposition est refusée",
        "outcome": "Une proposition est arrivée à son terme sans suite",
        "in": " ({place})",
        "until": " : jusqu'au {day} inclus",
        "reference": "Référence {reference}",
        "open": "Voir la proposition",
        "not_useful": "Pas utile : la prochaine fois, dans le récapitulatif",
        "digest_one": "Ancrage : 1 alerte dans votre récapitulatif",
        "digest_many": "Ancrage : {count} alertes dans votre récapitulatif",
        "digest_lead": "Ce qui s'est passé et n'a pas été annoncé à part :",
        "delegated": "Pour un collègue absent, qui vous a délégué ses alertes.",
        "unsubscribe": "Ne plus recevoir d'e-mails d'alerte",
        "preferences": "Régler mes alertes",
        "why": "Vous recevez cet e-mail parce que vous suivez des ménages dans Ancrage. Il ne contient aucune donnée "
        "personnelle ; le lien expire dans 14 jours et demande votre compte.",
        "disabled_subject": "Ancrage : un abonnement est désactivé",
        "disabled_failing": "Le point de réception {host} n'a répondu que par des échecs pendant cinq jours "
        "(depuis le {since}). Ancrage ne lui envoie plus rien.",
        "disabled_gone": "Le point de réception {host} a répondu qu'il n'existe plus (410). "
        "Ancrage ne lui envoie plus rien.",
        "disabled_remedy": "Ce qui n'est pas arrivé est gardé 30 jours : réparez-le, réactivez-le, puis demandez le renvoi.",
        "disabled_open": "Voir l'abonnement",
        "disabled_why": "Vous recevez cet e-mail parce que vous, ou une clé de votre organisation, "
        "avez créé cet abonnement.",
    },
    "en": {
        "proposal": "A proposal awaits your decision",
        "option_lost": "A home or a job that was proposed is no longer free",
        "deadline.proposed": "A decision is due",
        "deadline.approved": "A household has not answered yet",
        "deadline": "A home is kept only until its deadline",
        "outcome.accepted": "A household says yes",
        "outcome.refused": "A proposal is refused",
        "outcome": "A proposal has ended without result",
        "in": " ({place})",
        "until": ": until {day}, that day included",
        "reference": "Reference {reference}",
        "open": "See the proposal",
        "not_useful": "Not useful: next time in the digest",
        "digest_one": "Ancrage: 1 alert in your digest",
        "digest_many": "Ancrage: {count} alerts in your digest",
        "digest_lead": "What happened and was not told at once:",
        "delegated": "For a colleague who is away and has delegated these alerts to you.",
        "unsubscribe": "Receive no more alert e-mails",
        "preferences": "Tune my alerts",
        "why": "You receive this e-mail because you accompany households in Ancrage. It holds no personal data; the link "
        "expires in 14 days and asks for your account.",
        "disabled_subject": "Ancrage: a subscription is disabled",
        "disabled_failing": "The endpoint {host} has answered nothing but failure for five days (since {since}). Ancrage "
        "sends it nothing more.",
        "disabled_gone": "The endpoint {host} answered that it is gone (410). Ancrage sends it nothing more.",
        "disabled_remedy": "What it missed is kept for 30 days: mend it, enable it, then ask for a replay.",
        "disabled_open": "See the subscription",
        "disabled_why": "You receive this e-mail because you, or a key of your organisation, made this subscription.",
    },
}


@dataclass(frozen=True)
class Link:
    """Where a word leads."""

    label: str
    url: str


@dataclass(frozen=True)
class Section:
    """One thing told: a sentence, its reference, what can be done."""

    sentence: str
    note: str | None = None
    action: Link | None = None
    aside: Link | None = None


@dataclass(frozen=True)
class Letter:
    """A mail before it is dressed as text and HTML. `unsubscribe`: the URL for List-Unsubscribe, where there is one."""

    language: str
    subject: str
    lead: str | None
    sections: tuple[Section, ...]
    why: str | None
    footer: tuple[Link, ...] = ()
    unsubscribe: str | None = None
    direction: str = "ltr"


@dataclass(frozen=True)
class Links:
    """Makers of URLs: `open` of a placement, `not_useful` of an alert, `unsubscribe` of the recipient."""

    open: Callable[[str], str]
    not_useful: Callable[[str], str]
    unsubscribe: str
    preferences: str


def alert_letter(payload: Mapping[str, Any], links: Links, place: Callable[[str], str | None]) -> Letter:
    """The mail of one alert, or of a digest. `place` names a territory."""
    language = str(payload["language"])
    texts = _TEXTS[language]
    alerts: Sequence[Mapping[str, Any]] = payload["alerts"]
    sections = tuple(_section(alert, texts, language, links, place) for alert in alerts)
    if payload["form"] == "alert":
        subject = f"Ancrage{' :' if language == 'fr' else ':'} {_lower_first(sections[0].sentence)}"
        lead = None
    else:
        count = len(alerts)
        subject = texts["digest_one"] if count == 1 else texts["digest_many"].format(count=count)
        lead = texts["digest_lead"]
    return Letter(
        language=language,
        subject=subject,
        lead=lead,
        sections=sections,
        why=texts["why"],
        footer=(Link(texts["preferences"], links.preferences), Link(texts["unsubscribe"], links.unsubscribe)),
        unsubscribe=links.unsubscribe,
    )


def _section(
    alert: Mapping[str, Any],
    texts: Mapping[str, str],
    language: str,
    links: Links,
    place: Callable[[str], str | None],
) -> Section:
    kind, step = str(alert["kind"]), str(alert["step"])
    sentence = texts.get(f"{kind}.{step}") or texts[kind]
    name = place(str(alert["territory"]))
    sentence += texts["in"].format(place=name) if name else ""
    if alert.get("deadline"):
        sentence += texts["until"].format(day=last_day(str(alert["deadline"]), language))
    notes = [texts["reference"].format(reference=short(str(alert["placement"])))]
    if alert.get("delegated"):
        notes.append(texts["delegated"])
    return Section(
        sentence=f"{sentence}.",
        note=" · ".join(notes),
        action=Link(texts["open"], links.open(str(alert["placement"]))),
        aside=Link(texts["not_useful"], links.not_useful(str(alert["id"]))),
    )


def disabled_letter(payload: Mapping[str, Any], url: str) -> Letter:
    """The mail to the owner of an endpoint that the platform disabled."""
    language = str(payload["language"])
    texts = _TEXTS[language]
    since = payload.get("since")
    sentence = texts[f"disabled_{payload['reason']}"].format(
        host=payload["host"], since=_day(datetime.fromisoformat(str(since)), language) if since else "?"
    )
    return Letter(
        language=language,
        subject=texts["disabled_subject"],
        lead=None,
        sections=(
            Section(
                sentence=f"{sentence} {texts['disabled_remedy']}",
                note=texts["reference"].format(reference=payload["endpoint"]),
                action=Link(texts["disabled_open"], url),
            ),
        ),
        why=texts["disabled_why"],
    )


def household_letter(words: Mapping[str, Any]) -> Letter:
    """The mail with a household's answer link, in the words that matching gives."""
    *first, last = [str(text) for text in words["paragraphs"]]
    return Letter(
        language=str(words["language"]),
        subject=str(words["subject"]),
        lead=" ".join(first),
        sections=(Section(sentence=last, action=Link(str(words["link_label"]), str(words["link"]))),),
        why=None,
        direction=str(words["direction"]),
    )


def plain_text(letter: Letter) -> str:
    """The text part."""
    blocks = [letter.lead] if letter.lead else []
    for section in letter.sections:
        lines = [section.sentence]
        lines += [section.note] if section.note else []
        lines += [f"{link.label} : {link.url}" for link in (section.action, section.aside) if link]
        blocks.append("\n".join(lines))
    closing = [letter.why] if letter.why else []
    closing += [f"{link.label} : {link.url}" for link in letter.footer]
    if closing:
        blocks.append("-- \n" + "\n".join(closing))
    return "\n\n".join(blocks) + "\n"


def short(identifier: str) -> str:
    """The end of an identifier, as screens show it."""
    return identifier[-6:]


def last_day(deadline: str, language: str) -> str:
    """The last day before a deadline, in words."""
    return _day(datetime.fromisoformat(deadline) - timedelta(seconds=1), language)


def _day(moment: datetime, language: str) -> str:
    day = moment.astimezone(PARIS).date()
    return f"{_DAYS[language][day.weekday()]} {day.day:02}/{day.month:02}/{day.year}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
