"""Validation errors in the reader's language: which field, which value, what is expected."""

import math
from collections.abc import Iterable
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from shared.web.near_fields import near_fields
from shared.web.problems import Problem, ProblemType
from shared.web.written_forms import BY_PATTERN

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("Champ obligatoire absent.", "Required field is missing."),
    "extra_forbidden": ("Champ inconnu.", "Unknown field."),
    "int_parsing": ("Attendu : un nombre entier.", "Expected a whole number."),
    "int_type": ("Attendu : un nombre entier.", "Expected a whole number."),
    "int_from_float": ("Attendu : un nombre entier.", "Expected a whole number."),
    "float_parsing": ("Attendu : un nombre.", "Expected a number."),
    "float_type": ("Attendu : un nombre.", "Expected a number."),
    "finite_number": ("Attendu : un nombre fini.", "Expected a finite number."),
    "bool_parsing": ("Attendu : true ou false.", "Expected true or false."),
    "bool_type": ("Attendu : true ou false.", "Expected true or false."),
    "string_type": ("Attendu : un texte.", "Expected a text."),
    "string_unicode": ("Attendu : un texte en UTF-8.", "Expected a text in UTF-8."),
    "string_pattern_mismatch": ("Attendu : {words}.", "Expected: {words}."),
    "string_too_short": ("Au moins {min_length} caractère(s).", "At least {min_length} character(s)."),
    "string_too_long": ("Au plus {max_length} caractères.", "At most {max_length} characters."),
    "greater_than": ("Attendu : plus de {gt}.", "Expected more than {gt}."),
    "greater_than_equal": ("Attendu : au moins {ge}.", "Expected at least {ge}."),
    "less_than": ("Attendu : moins de {lt}.", "Expected less than {lt}."),
    "less_than_equal": ("Attendu : au plus {le}.", "Expected at most {le}."),
    "enum": ("Valeurs possibles : {expected}.", "Possible values: {expected}."),
    "literal_error": ("Valeurs possibles : {expected}.", "Possible values: {expected}."),
    "date_from_datetime_parsing": ("Attendu : une date AAAA-MM-JJ.", "Expected a date YYYY-MM-DD."),
    "date_from_datetime_inexact": ("Attendu : une date AAAA-MM-JJ.", "Expected a date YYYY-MM-DD."),
    "date_parsing": ("Attendu : une date AAAA-MM-JJ.", "Expected a date YYYY-MM-DD."),
    "date_type": ("Attendu : une date AAAA-MM-JJ.", "Expected a date YYYY-MM-DD."),
    "datetime_type": ("Attendu : un instant RFC 3339 avec fuseau.", "Expected an RFC 3339 instant with its offset."),
    "datetime_parsing": ("Attendu : un instant RFC 3339 avec fuseau.", "Expected an RFC 3339 instant with its offset."),
    "datetime_from_date_parsing": (
        "Attendu : un instant RFC 3339 avec fuseau.",
        "Expected an RFC 3339 instant with its offset.",
    ),
    "timezone_aware": ("Le fuseau horaire manque.", "The time zone is missing."),
    "list_type": ("Attendu : une liste.", "Expected a list."),
    "tuple_type": ("Attendu : une liste.", "Expected a list."),
    "too_short": ("Au moins {min_length} élément(s).", "At least {min_length} item(s)."),
    "too_long": ("Au plus {max_length} éléments.", "At most {max_length} items."),
    "model_attributes_type": ("Attendu : un objet JSON.", "Expected a JSON object."),
    "unknown_commune": ("Commune inconnue : {code}.", "Unknown commune: {code}."),
    "unknown_rome": ("Code ROME inconnu : {code}.", "Unknown ROME code: {code}."),
    "unknown_territory": ("Territoire inconnu : {code}.", "Unknown territory: {code}."),
    "unknown_programme": ("Programme inconnu : {code}.", "Unknown programme: {code}."),
    "unknown_type": ("Type d'événement inconnu : {patterns}.", "Unknown event type: {patterns}."),
    "header_too_many": ("Au plus 10 en-têtes.", "At most 10 headers."),
    "header_name": ("Ce n'est pas un nom d'en-tête HTTP : {name}.", "Not a name of an HTTP header: {name}."),
    "header_forbidden": (
        "{name} appartient à la plateforme, à la connexion ou à un mandataire.",
        "{name} belongs to the platform, the connection or a proxy.",
    ),
    "header_value": (
        "La valeur de {name} n'est pas du texte ASCII visible sur une ligne.",
        "The value of {name} is not one line of visible ASCII text.",
    ),
    "header_twice": ("{name} est donné deux fois.", "{name} is given twice."),
    "replay": ("« delivery » se donne seul.", "“delivery” stands alone."),
    "phone": ("Ce n'est pas un numéro de téléphone.", "This is no telephone number."),
    "email": ("Ce n'est pas une adresse e-mail.", "This is no e-mail address."),
    "contact": ("Il faut un numéro ou une adresse.", "A number or an address is needed."),
    "preferred": (
        "Le canal préféré n'a pas de coordonnée.",
        "The preferred channel has no number or address.",
    ),
    "delegation": (
        "La délégation finit avant de commencer, ou dure plus d'un an.",
        "The delegation ends before it begins, or lasts more than a year.",
    ),
    "time_parsing": ("Attendu : une heure HH:MM.", "Expected a time HH:MM."),
    "time_type": ("Attendu : une heure HH:MM.", "Expected a time HH:MM."),
    "contingent": (
        "Un logement gardé par son bailleur est ouvert à tous.",
        "A dwelling that its landlord kept is open to all.",
    ),
    "moves_by": ("L'emménagement finirait avant de commencer.", "Moving in would end before it begins."),
    "adults": ("Plus d'adultes que de personnes.", "More adults than people."),
    "window": ("available_until précède available_from.", "available_until is before available_from."),
    "typology": (
        "Typologie non reconnue. Valeurs possibles : {accepted}.",
        "Unknown dwelling size. Possible values: {accepted}.",
    ),
    "rooms": (
        "{rooms} pièces principales ne font pas un {typology}.",
        "{rooms} main rooms do not make a {typology}.",
    ),
    "orientation": (
        "oriented_on sans reservation : dire vers qui le logement est orienté.",
        "oriented_on without reservation: say to whom the dwelling is oriented.",
    ),
    "place": (
        "Il faut la commune (code INSEE) ou une adresse avec code postal et commune.",
        "The commune (INSEE code) or an address with postal code and town is needed.",
    ),
    "address_incomplete": (
        "L'adresse n'a pas de code postal : la commune ne s'en déduit pas.",
        "The address has no postal code: the commune cannot be told from it.",
    ),
    "address_ambiguous": (
        "« {place} » désigne plusieurs communes.",
        "“{place}” names several communes.",
    ),
    "address_unknown": (
        "« {place} » ne désigne aucune commune.",
        "“{place}” names no commune.",
    ),
    "address_elsewhere": (
        "L'adresse est à {there}, la commune donnée est {here}.",
        "The address is in {there}, the commune given is {here}.",
    ),
    "to_confirm": (
        "« to_confirm » et « status » se contredisent.",
        "“to_confirm” and “status” contradict each other.",
    ),
    "origin": (
        "Une origine se dit par url, ou par partner et reference.",
        "An origin is stated by url, or by partner and reference.",
    ),
    "origin_url": ("Adresse illisible.", "The address cannot be read."),
    "not_a_territory": (
        "Un ensemble se compose d'intercommunalités ou de communes sans intercommunalité : {code} n'en est pas une.",
        "A set is made of EPCI, or of communes that have none: {code} is neither.",
    ),
    "area_twice": ("Un territoire figure deux fois dans l'ensemble.", "A territory stands twice in the set."),
    "validity": ("valid_until précède valid_from.", "valid_until is before valid_from."),
    "closure": (
        "Une fermeture va de son premier à son dernier jour, un an au plus.",
        "A closure goes from its first day to its last, one year at most.",
    ),
    "reason_open": ("Un engagement ouvert n'a pas de motif.", "A commitment that is open has no reason."),
    "reason_by_dates": ("Motif que seules les dates décident : {value}.", "A reason that only dates decide: {value}."),
    "programme_twice": ("Un programme figure deux fois.", "A programme stands twice."),
    "dict_type": ("Attendu : un objet JSON.", "Expected a JSON object."),
    "model_type": ("Attendu : un objet JSON.", "Expected a JSON object."),
    "not_json": ("Ce n'est pas du JSON : {error}.", "This is not JSON: {error}."),
    "unstorable": ("Contient un caractère nul, qui ne peut pas être conservé.", "Holds a NUL, which cannot be kept."),
    "reserved_reference": (
        "Une référence ne commence ni par vac_ ni par off_.",
        "A reference begins neither with vac_ nor with off_.",
    ),
    "observed_ahead": ("Observation plus de 5 minutes dans le futur.", "Observed more than 5 minutes ahead."),
}


def problem_from(error: RequestValidationError, lang: str, body: Any = None) -> Problem:
    """The problem that tells a RequestValidationError. A value is repeated only if it is short.

    `body`: the type that the body should have had, from which the name near to an unknown one is told.
    """
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        where = found[0]["loc"][-1] if found[0]["loc"] else None
        colon = ": " if lang == "en" else " : "
        text = f"position {where}{colon}{found[0].get('ctx', {}).get('error', '')}"
        return Problem(ProblemType.INVALID_JSON, text)
    return Problem(ProblemType.INVALID_FIELDS, errors=entries(found, lang, body))


def entries(found: Iterable[Any], lang: str, body: Any = None) -> list[dict[str, Any]]:
    """Errors as pydantic tells them, as people read them: field, message, and value and remedy where there are any."""
    return [_entry(item, lang, body) for item in found]


def _entry(item: Any, lang: str, body: Any) -> dict[str, Any]:
    location = [str(part) for part in item["loc"]]
    where = location[1:] if location and location[0] in {"body", "query", "path", "header"} else location
    context = item.get("ctx", {})
    context = {name: _written(value, lang) for name, value in context.items()}
    if lang != "en" and "expected" in context:
        context = {**context, "expected": str(context["expected"]).replace(" or ", " ou ")}
    form = BY_PATTERN.get(str(context.get("pattern")))
    if form is not None:
        example = f"For example: {form.example}" if lang == "en" else f"Par exemple : {form.example}"
        context = {"remedy": example, **context, "words": form.words.said(lang)}
    texts = _TEXTS.get(item["type"])
    message = (texts[1] if lang == "en" else texts[0]).format_map(_Lenient(context)) if texts else str(item["msg"])
    entry: dict[str, Any] = {
        # A rule between several fields names, in its context, the one to look at.
        "field": _encodable(".".join([*where, *([context["field"]] if "field" in context else [])])) or "body",
        "message": _encodable(message.removeprefix("Value error, ")),
    }
    value = item.get("input")
    if item["type"] != "missing" and isinstance(value, str | int | float | bool | None) and len(str(value)) <= 100:
        entry["value"] = _encodable(value)
    remedy = (context.get("remedy_en") if lang == "en" else None) or context.get("remedy")
    if item["type"] == "extra_forbidden" and body is not None:
        remedy = remedy or _encodable(" / ".join(near_fields(body, where)))
    if not where and isinstance(value, bytes | str):
        remedy = remedy or "Content-Type: application/json"  # a body that came under another type is not read as JSON
    if remedy:
        entry["remedy"] = remedy
    return entry


def _written(value: Any, lang: str) -> Any:
    """A bound as people write it: 0 and not 0.0, and a decimal comma in French."""
    if not isinstance(value, float):
        return value
    text = f"{value:.10g}"
    return text if lang == "en" else text.replace(".", ",")


def _encodable(value: Any) -> Any:
    """The value as JSON and UTF-8 can carry it: Python reads NaN and half a surrogate pair, which neither has."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
