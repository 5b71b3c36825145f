"""Conditional GET (RFC 9110): every answer carries a tag of its bytes, and 304 says that the caller has them already."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi import Request, Response

_LENGTH: Final = 24


def tag_of(body: bytes) -> str:
    """Strong entity tag of an answer's bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:_LENGTH]}"'


def matches(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag, by weak comparison, or anything (*)."""
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in asked or tag in asked


def conditional(
    request: Request, body: bytes, *, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """200 with the body and its tag, or 304. What callers see may depend on who they are, so caches ask each time."""
    tag = tag_of(body)
    own = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Authorization, Accept-Language"}
    if matches(request, tag):
        return Response(status_code=304, headers=own)
    return Response(body, media_type=media_type, headers={**own, **(headers or {})})


def conditional_json(request: Request, value: Any) -> Response:
    """The same for JSON; a number that is not one is null."""
    return conditional(request, orjson.dumps(value), media_type="application/json")
