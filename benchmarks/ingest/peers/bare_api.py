"""The peer without SQL: FastAPI validates, aiokafka publishes and waits for the acknowledgement. Nothing is remembered.

No key, no order of inputs, no versions, no "unchanged": what a quick service would do. `python -m … KAFKA PORT`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Literal
from uuid import uuid4

import orjson
import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.clock import isoformat, utc_now
from shared.topics import VACANCIES

IN_FLIGHT = 2_000


class Body(BaseModel):
    """The fields that the benchmark sends."""

    model_config = ConfigDict(extra="forbid")

    commune: str = Field(pattern=r"^(\d{2}|2[AB])\d{3}$")
    typology: Literal["T1", "T2", "T3", "T4", "T5", "T6"]
    surface_m2: float = Field(gt=0, le=1000)
    rent_eur_per_month: float = Field(ge=0, le=100_000)
    charges_eur_per_month: float | None = Field(None, ge=0)
    available_from: date
    floor: int | None = None
    lift: bool | None = None
    dpe: Literal["A", "B", "C", "D", "E", "F", "G"] | None = None
    financing: Literal["PLAI", "PLUS", "PLS", "PLI"] | None = None


class Line(Body):
    """A line of a file."""

    reference: str = Field(min_length=1, max_length=100)


def event(reference: str, body: Body) -> tuple[bytes, bytes]:
    """Key and value of a record of about the size that ingest writes."""
    identifier, now = f"vac_{uuid4().hex[:26]}", isoformat(utc_now())
    after = {**body.model_dump(mode="json", exclude_none=True), "id": identifier, "observed_at": now}
    return identifier.encode(), orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"evt_{uuid4().hex[:26]}",
            "source": "/bare",
            "type": "fr.ancrage.vacancy.v1",
            "subject": identifier,
            "time": now,
            "dataschema": "/schemas/vacancy.v1.json",
            "data": {
                "version": 1,
                "before": None,
                "after": {**after, "landlord": "org_bare", "reference": reference, "status": "open"},
            },
            "sequence": "0000000000000001",
        }
    )


def build(kafka: str) -> FastAPI:
    """The application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=0
        )
        await producer.start()
        app.state.producer = producer
        yield
        await producer.stop()

    app = FastAPI(lifespan=lifespan)

    @app.put("/v1/vacancies/{reference}", status_code=201)
    async def put(reference: str, body: Body, request: Request) -> dict[str, Any]:
        key, value = event(reference, body)
        await request.app.state.producer.send_and_wait(VACANCIES, value, key=key)
        return {"id": key.decode(), "version": 1, "result": "created"}

    @app.post("/v1/vacancies:bulk")
    async def bulk(request: Request) -> dict[str, Any]:
        producer: AIOKafkaProducer = request.app.state.producer
        created, rest = 0, b""
        waiting: list[asyncio.Future[Any]] = []
        async for block in request.stream():
            *whole, rest = (rest + block).split(b"\n")
            for text in whole:
                line = Line.model_validate_json(text)
                key, value = event(line.reference, line)
                waiting.append(await producer.send(VACANCIES, value, key=key))
                created += 1
            if len(waiting) > IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
        return {"created": created, "rejected": 0}

    return app


if __name__ == "__main__":
    uvicorn.run(build(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_config=None, access_log=False)
