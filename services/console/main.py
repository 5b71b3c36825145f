"""Processes of the console: `python -m services.console.main web`."""

import sys

from fastapi import FastAPI

from services.console.adapters.apis import Apis
from services.console.adapters.assets import Assets
from services.console.adapters.board import Board
from services.console.adapters.people import People
from services.console.adapters.sessions import Sessions
from services.console.api import create_console
from services.console.pages.visit import Console
from services.console.settings import ConsoleSettings
from shared.sql.engine import service_engine
from shared.web.serve import main, serve_api


def build(settings: ConsoleSettings) -> FastAPI:
    """The console with its real parts."""
    apis = Apis(settings)
    engine = service_engine(settings, "console", database="identity")
    return create_console(
        Console(
            settings=settings,
            apis=apis,
            sessions=Sessions(engine, settings),
            people=People(engine, settings),
            assets=Assets(),
            board=Board(apis, settings),
        )
    )


def run_web() -> None:
    settings = ConsoleSettings()
    serve_api(build(settings), settings, "console.web")


if __name__ == "__main__":
    main("console", {"web": run_web}, ConsoleSettings(), sys.argv[1:])
