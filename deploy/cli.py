"""The one entry point: `ancrage COMMAND`.

Each command lives in `deploy/commands/`; imports stay inside so that --help is fast.
"""

import typer

app = typer.Typer(
    name="ancrage",
    help="Ancrage : un logement, un emploi et un accompagnement, ensemble. / A home, a job and support, together.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def main() -> None:
    """Entry point of the `ancrage` script."""
    from deploy.commands import register

    register(app)
    app(prog_name="ancrage")


if __name__ == "__main__":
    main()
