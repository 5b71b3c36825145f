"""What a territory's score was: every published change, or one state a day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from services.scoring.adapters.history_store import HistoryReader
from services.scoring.routes import examples
from services.scoring.routes.context import AnyCaller, Catalogue
from shared.clock import PARIS, isoformat, paris_date, utc_now
from shared.web.conditional import conditional_json
from shared.web.paging import CursorText, Limit, decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType

router = APIRouter()
MOST_DAYS: Final = 3_700

Moment = Annotated[
    str | None,
    Query(max_length=40, description="Jour (AAAA-MM-JJ, heure de Paris) ou instant RFC 3339", examples=["2026-11-01"]),
]


@router.get("/v1/territories/{code}/history", tags=["territoires"], responses=examples.HISTORY)
async def history(
    request: Request,
    code: str,
    actor: AnyCaller,
    catalogue: Catalogue,
    begin: Annotated[Moment, Query(alias="from")] = None,
    end: Annotated[Moment, Query(alias="to")] = None,
    by: Annotated[
        Literal["change", "day"],
        Query(description="change : chaque changement publié ; day : l'état de chaque jour"),
    ] = "change",
    limit: Limit = 50,
    cursor: CursorText = None,
) -> Response:
    """Les changements publiés, ou l'état du territoire chaque jour (celui du dernier changement de ce jour ou d'avant), du
    plus récent au plus ancien. `to` comprend son jour ; un instant en est exclu. Sans clé : les classes."""
    catalogue.known(code)
    reader: HistoryReader = request.app.state.history
    public = actor is None
    if by == "day":
        return conditional_json(
            request, await run_in_threadpool(_days, reader, code, begin, end, limit, cursor, public)
        )
    return conditional_json(request, await run_in_threadpool(_changes, reader, code, begin, end, limit, cursor, public))


def _changes(
    reader: HistoryReader, code: str, begin: str | None, end: str | None, limit: int, cursor: str | None, public: bool
) -> dict[str, Any]:
    after = decode_cursor(cursor, 1)
    before = None if after is None else _number(after[0])
    rows = reader.changes(
        code,
        begin=_instant(begin, "from", timedelta()),
        end=_instant(end, "to", timedelta(days=1)),
        before=before,
        limit=limit + 1,
    )
    items = [
        {
            "published_at": isoformat(row["published_at"]),
            "as_of": row["as_of"],
            **_state(row["state"], public=public),
            **({} if public else {"generation": row["generation"]}),
        }
        for row in rows[:limit]
    ]
    return page(items, encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None)


def _days(
    reader: HistoryReader, code: str, begin: str | None, end: str | None, limit: int, cursor: str | None, public: bool
) -> dict[str, Any]:
    today = paris_date(utc_now())
    last = min(_day(end, "to") or today, today)
    after = decode_cursor(cursor, 1)
    if after is not None:
        last = min(last, (_day(str(after[0]), "cursor") or today) - timedelta(days=1))
    first = max(_day(begin, "from") or last - timedelta(days=MOST_DAYS), last - timedelta(days=min(limit, MOST_DAYS)))
    rows = reader.days(code, begin=first, end=last)
    items = [
        {
            "day": row["day"].isoformat(),
            "changes": row["changes"] if row["of_day"] == row["day"] else 0,
            "as_of": row["as_of"],
            **_state(row["state"], public=public),
            **({} if public else _range(row)),
        }
        for row in rows[:limit]
    ]
    return page(items, encode_cursor(items[-1]["day"]) if len(rows) > limit else None)


def _range(row: dict[str, Any]) -> dict[str, float | None]:
    """Between which scores the day's changes were; on a day without one, the state's own."""
    if row["of_day"] != row["day"]:
        return {"lowest_score": row["state"]["score"], "highest_score": row["state"]["score"]}
    return {"lowest_score": row["lowest_score"], "highest_score": row["highest_score"]}


def _state(state: dict[str, Any], *, public: bool) -> dict[str, Any]:
    return {"score_class": state["score_class"], "coverage": state["coverage"]} if public else state


def _number(value: Any) -> int:
    if isinstance(value, int):
        return value
    raise Problem(
        ProblemType.INVALID_FIELDS,
        "Curseur d'une autre liste.",
        field="cursor",
        remedy="« next »",
        en="Cursor of another list.",
    )


def _instant(text: str | None, field: str, whole_day: timedelta) -> datetime | None:
    """An instant as it is; a day at its beginning in Paris, plus `whole_day`."""
    if text is None:
        return None
    if len(text) == len("2026-11-01"):
        day = _parsed(text, field).date()
        return datetime.combine(day + whole_day, time(), PARIS).astimezone(UTC)
    return _parsed(text, field)


def _day(text: str | None, field: str) -> date | None:
    if text is None:
        return None
    return _parsed(text, field).date() if len(text) == len("2026-11-01") else paris_date(_parsed(text, field))


def _parsed(text: str, field: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if not 1 < found.year < 9_999:
            raise ValueError(text)
    except ValueError as error:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Date inconnue.",
            field=field,
            value=text[:40],
            remedy="Un jour (2026-11-01) ou un instant (2026-11-01T08:00:00Z).",
            en="Unknown date.",
            remedy_en="A day (2026-11-01) or an instant (2026-11-01T08:00:00Z).",
        ) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=PARIS)
