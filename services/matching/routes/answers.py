"""A household's answer by its link, without an account. Reading never decides: a preview of the link answers nothing."""

from typing import Any, Final

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from services.matching import deciding
from services.matching.adapters import answer_links
from services.matching.adapters.locking import lock
from services.matching.adapters.models import AnswerLinkRow, PlacementRow
from services.matching.adapters.placements import HOUSEHOLD, Act, programme_of
from services.matching.core.deadlines import last_day
from services.matching.core.placement import Accept, Refusal, Refuse
from services.matching.core.programme import About, Programme
from services.matching.routes.context import Context, Ctx, Db
from services.matching.routes.views import home_view, post_view
from services.matching.schemas import AnswerBody
from shared.events import Step
from shared.web.access import public
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1/answers", tags=["answers"], dependencies=[Depends(public())])

NO_REASON: Final = "no_reason_given"
CHOICES: Final = (
    {"answer": "yes", "label": "Oui, je veux ce logement"},
    {"answer": "no", "label": "Non, je ne veux pas"},
    {"answer": "time", "label": "J'ai besoin de temps"},
    {"answer": "call", "label": "Appelez-moi"},
)
MONTHS: Final = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


@router.get("/{token}")
def show(token: str, context: Ctx, session: Db, response: Response) -> dict[str, Any]:
    """The proposal in plain words, and the answers that are possible. Changes nothing."""
    response.headers["Cache-Control"] = "no-store"
    link, row = _found(session, context, token)
    return _page(link, row, context)


@router.post("/{token}")
def answer(token: str, body: AnswerBody, context: Ctx, session: Db, response: Response) -> dict[str, Any]:
    """Yes, no with a reason, "I need time" or "call me". A yes is checked with landlord and job offer before it counts."""
    response.headers["Cache-Control"] = "no-store"
    link, row = _found(session, context, token)
    digest = link.digest
    lock(session, [row.id])
    if not _open(row, context):
        raise Problem(
            ProblemType.CONFLICT,
            "Cette proposition n'attend plus de réponse.",
            en="This proposal is not waiting for an answer any more.",
        )
    programme = programme_of(row)
    reason = body.reason or NO_REASON
    if body.answer == "no" and reason not in {one["code"] for one in _reasons(programme)}:
        raise deciding.problem_of(Refusal.UNKNOWN_REASON, Refuse(reason), row, programme)

    def settled(_: PlacementRow) -> None:
        answer_links.answered(session, digest, body.answer)

    if body.answer in {"time", "call"}:
        settled(row)
        session.commit()
    else:
        command = Accept() if body.answer == "yes" else Refuse(reason)
        act = Act("accept" if body.answer == "yes" else "refuse", HOUSEHOLD, reason if body.answer == "no" else None)
        deciding.take(session, context, row.id, command, act, settled=settled)
    link, row = _found(session, context, token)  # anew: the household may have been erased meanwhile
    return _page(link, row, context)


def _found(session: Session, context: Context, token: str) -> tuple[AnswerLinkRow, PlacementRow]:
    link = answer_links.find(session, context.settings, token)
    row = session.get(PlacementRow, link.placement) if link else None
    if link is None or row is None:
        raise Problem(
            ProblemType.NOT_FOUND,
            "Ce lien n'existe pas ou n'est plus valable. Appelez votre accompagnant.",
            en="This link does not exist or is no longer valid. Call your caseworker.",
        )
    return link, row


def _open(row: PlacementRow, context: Context) -> bool:
    return row.step == Step.APPROVED and (row.due_at is None or context.clock.now() < row.due_at)


def _reasons(programme: Programme) -> list[dict[str, str]]:
    """Reasons that are a household's to give."""
    return [
        {"code": reason.code, "label": reason.label.fr}
        for reason in programme.refusals.values()
        if reason.about is not About.LANDLORD
    ]


def _page(link: AnswerLinkRow, row: PlacementRow, context: Context) -> dict[str, Any]:
    waiting = _open(row, context)
    return {
        "status": _status(link, row, waiting=waiting),
        "open": waiting,
        "sentences": _sentences(row),
        "facts": _facts(row),
        "answer_before": _day(row) if waiting else None,
        "choices": list(CHOICES) if waiting else [],
        "reasons": _reasons(programme_of(row)) if waiting else [],
        "answer": link.answer,
    }


def _status(link: AnswerLinkRow, row: PlacementRow, *, waiting: bool) -> str:
    if waiting:
        return {
            "time": "Vous avez demandé du temps. Répondez ici.",
            "call": "Vous avez demandé un appel. Votre accompagnant vous appelle.",
        }.get(link.answer or "", "Nous attendons votre réponse.")
    return {
        Step.VERIFYING.value: "Vous avez dit oui. Nous vérifions que le logement et l'emploi sont encore libres.",
        Step.REFUSED.value: "Vous avez dit non. C'est noté. Votre accompagnant vous appelle.",
        Step.RELEASED.value: "Le logement ou l'emploi n'est plus libre. Votre accompagnant vous appelle.",
        Step.APPROVED.value: "Le délai pour répondre est passé. Appelez votre accompagnant.",
    }.get(row.step, "Vous avez dit oui. Votre accompagnant prépare la suite avec vous.")


def _sentences(row: PlacementRow) -> list[str]:
    home, post = home_view(row.option["home"]), post_view(row.option["post"])
    rent = f"{home['rent_eur_per_month']:.0f} euros par mois"
    found = [
        f"Un logement à {home['commune_name'] or home['commune']}.",
        f"Il a {_rooms(row.typology)} et fait {home['surface_m2']:.0f} mètres carrés.",
        f"Le loyer est de {rent}, avant les aides.",
    ]
    if post is not None:
        found.append(f"Une piste de travail : {post['occupation'] or post['rome']}, à {post['commune_name']}.")
        found.append("Ce n'est pas encore une embauche : l'employeur doit vous rencontrer.")
    return [*found, "Vous pouvez dire non. Vous gardez votre place."]


def _facts(row: PlacementRow) -> dict[str, Any]:
    """The same as figures and names, for a page in the household's own language."""
    home, post = home_view(row.option["home"]), post_view(row.option["post"])
    return {
        "commune": home["commune_name"] or home["commune"],
        "rooms": int(row.typology[1]),
        "surface_m2": home["surface_m2"],
        "rent_eur_per_month": home["rent_eur_per_month"],
        "available_from": home["available_from"],
        "occupation": (post["occupation"] or post["rome"]) if post else None,
        "work_commune": (post["commune_name"] or post["commune"]) if post else None,
        "work_source": post["source"] if post else None,
        "answer_until": last_day(row.due_at).isoformat() if row.due_at else None,
    }


def _rooms(typology: str) -> str:
    rooms = int(typology[1])
    return "1 pièce" if rooms == 1 else f"{rooms} pièces"


def _day(row: PlacementRow) -> str | None:
    """The last day to answer, in words: the instant is the start of the day after."""
    if row.due_at is None:
        return None
    day = last_day(row.due_at)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
