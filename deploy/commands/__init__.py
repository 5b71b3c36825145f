"""Commands of `ancrage`, one module per command or group; each has `register(app)`."""

from importlib import import_module

import typer

MODULES = (
    "up",
    "status",
    "test",
    "topics",
    "keys",
    "people",
    "dlq",
    "replay",
    "migrate",
    "demo",
    "ingest",
    "feed",
    "scoring",
    "programmes",
    "matching",
    "erase",
    "reference",
    "documents",
)


def register(app: typer.Typer) -> None:
    """Adds every command to the application."""
    for name in MODULES:
        import_module(f"deploy.commands.{name}").register(app)
