"""Problem answers (RFC 9457): each kind declared once, said in French or English by Accept-Language."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse

from shared.words import Words

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True)
class _Kind:
    code: str
    status: int
    title: Words
    remedy: Words | None = None  # said of a field that has none of its own


class ProblemType(Enum):
    """Stable `type` of a problem is "/problems/<code>"."""

    INVALID_JSON = _Kind(
        "invalid-json", 400, Words("Le corps de la requête n'est pas du JSON.", "The request body is not JSON.")
    )
    INVALID_FIELDS = _Kind("invalid-fields", 422, Words("Des champs sont à corriger.", "Some fields need correction."))
    UNAUTHENTICATED = _Kind(
        "unauthenticated",
        401,
        Words("Clé absente, inconnue, expirée ou révoquée.", "The key is missing, unknown, expired or revoked."),
    )
    FORBIDDEN = _Kind("forbidden", 403, Words("Ce rôle n'a pas ce droit.", "This role may not do that."))
    NOT_FOUND = _Kind("not-found", 404, Words("Introuvable.", "Not found."))
    METHOD_NOT_ALLOWED = _Kind("method-not-allowed", 405, Words("Méthode non permise ici.", "Method not allowed here."))
    CONFLICT = _Kind(
        "conflict", 409, Words("L'état actuel ne permet pas cette action.", "The current state does not allow this.")
    )
    IDEMPOTENCY_CONFLICT = _Kind(
        "idempotency-conflict",
        409,
        Words(
            "Cette Idempotency-Key a déjà servi pour un autre contenu.",
            "This Idempotency-Key was used for another body.",
        ),
        Words(
            "Une clé nouvelle pour un contenu nouveau ; la même clé pour reprendre le même contenu.",
            "A new key for new content; the same key to go on with the same content.",
        ),
    )
    STALE_OBSERVATION = _Kind(
        "stale-observation",
        409,
        Words("Une information plus récente est déjà connue.", "A more recent observation is already known."),
    )
    PRECONDITION_FAILED = _Kind(
        "precondition-failed",
        412,
        Words("Une autre version que celle indiquée est en place.", "Another version than the one named is in place."),
    )
    TOO_LARGE = _Kind(
        "too-large", 413, Words("Le corps de la requête est trop grand.", "The request body is too large.")
    )
    UNSUPPORTED_MEDIA = _Kind(
        "unsupported-media-type", 415, Words("Type de contenu non pris en charge.", "Unsupported media type.")
    )
    TOO_MANY = _Kind("too-many-requests", 429, Words("Trop de requêtes.", "Too many requests."))
    INTERNAL = _Kind("internal", 500, Words("Erreur interne ; elle est journalisée.", "Internal error; it is logged."))
    UNAVAILABLE = _Kind(
        "unavailable",
        503,
        Words("Un composant nécessaire ne répond pas.", "A component that is needed does not answer."),
    )

    @property
    def uri(self) -> str:
        return f"/problems/{self.value.code}"


class Problem(Exception):
    """Raised anywhere below a route; `errors` name field, value, message and remedy. `en`, `remedy_en`: in English."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str | None = None,
        *,
        field: str | None = None,
        value: Any = None,
        remedy: str | None = None,
        en: str | None = None,
        remedy_en: str | None = None,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or kind.value.title.en)
        self.kind = kind
        self.detail = detail
        self.errors = errors or []
        if field is not None:
            self.errors = [{"field": field, "value": value, "message": detail, "remedy": remedy}]
        self.headers = headers or {}
        self._english = None if en is None and remedy_en is None else (en, remedy_en or remedy)
        self._of_field = field is not None

    def said(self, lang: str) -> tuple[str | None, list[dict[str, Any]]]:
        """Detail and errors in a language, "fr" or "en"; in French where there is no English."""
        if lang != "en" or self._english is None:
            return self.detail, self.errors
        message, remedy = self._english
        told = {"message": message, "remedy": remedy}
        return message, [{**error, **told} for error in self.errors] if self._of_field else self.errors


def language(request: Request) -> str:
    """ "fr" unless the caller prefers English."""
    first = request.headers.get("accept-language", "fr").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "fr"


def answer(request: Request, problem: Problem) -> JSONResponse:
    """The problem as application/problem+json."""
    kind = problem.kind.value
    lang = language(request)
    detail, errors = problem.said(lang)
    body: dict[str, Any] = {
        "type": problem.kind.uri,
        "title": kind.title.said(lang),
        "status": kind.status,
        "instance": str(request.url.path),
    }
    if detail:
        body["detail"] = detail
    if errors:
        remedy = kind.remedy and kind.remedy.said(lang)
        body["errors"] = [
            {
                **error,
                "message": error.get("message") or body["title"],
                **({"remedy": remedy} if remedy and not error.get("remedy") else {}),
            }
            for error in errors
        ]
    request_id = getattr(request.state, "request_id", None)
    if request_id:
        body["request_id"] = request_id
    return JSONResponse(body, kind.status, headers=problem.headers, media_type=MEDIA_TYPE)
