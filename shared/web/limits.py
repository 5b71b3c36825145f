"""Request bodies have a limit, counted as they arrive: a chunked body cannot pass it."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import Problem, ProblemType, answer


class _TooLarge(Exception):
    pass


class BodyLimit:
    """ASGI middleware that answers 413 beyond `max_bytes`, except below the path prefixes in `unlimited`."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, unlimited: tuple[str, ...] = ()) -> None:
        self._app = app
        self._max = max_bytes
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (self._unlimited and scope["path"].startswith(self._unlimited)):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        declared = request.headers.get("content-length")
        problem = Problem(ProblemType.TOO_LARGE, field="body", value=declared, remedy=f"<= {self._max} octets / bytes")
        if declared is not None and declared.isdecimal() and int(declared) > self._max:
            await answer(request, problem)(scope, receive, send)
            return
        received, started, too_large = 0, False, False

        async def counted() -> Message:
            nonlocal received, too_large
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max:
                too_large = True
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            # What the application made of the exception (it may have caught it) is not the answer.
            if too_large and not started:
                return
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLarge:
            if started:
                raise
        if too_large and not started:
            await answer(request, problem)(scope, receive, send)
