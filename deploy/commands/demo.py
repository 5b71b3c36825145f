"""`ancrage demo`: the whole platform on the real stock of France. Exit codes: 1 an effect is missing, else as `up`."""

import json
import signal
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from types import FrameType

# Centre-Val de Loire: Cher and Indre are host territories of EMILE, and the whole région loads in about a minute.
DEFAULT_REGION = "24"


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help="Joue la démonstration : stock réel d'une région ou de la France, flux simulé, ménages fictifs.")
    def demo(
        region: Annotated[str, typer.Option(help="Code de la région, par exemple 24, 76 ou 94.")] = DEFAULT_REGION,
        national: Annotated[
            bool, typer.Option("--national", help="Toute la France (plus d'un million d'événements).")
        ] = False,
        check: Annotated[bool, typer.Option("--check", help="Sans écran : vérifie et mesure, puis s'arrête.")] = False,
        attach: Annotated[
            bool, typer.Option("--attach", help="Sur une plateforme qui tourne déjà ; sans le stock.")
        ] = False,
        keep: Annotated[bool, typer.Option("--keep", help="Garde les données de la démonstration précédente.")] = False,
        receiver_host: Annotated[str, typer.Option(help="Nom sous lequel notify joint le récepteur.")] = "127.0.0.1",
        households: Annotated[int, typer.Option(min=0, max=20_000, help="Nombre de ménages fictifs.")] = 60,
        as_json: Annotated[bool, typer.Option("--json", help="Résultat de --check pour un programme.")] = False,
    ) -> None:
        from rich.console import Console

        from deploy.demo.api import DemoFailed
        from deploy.demo.show import Options, run
        from deploy.local.errors import LocalError
        from shared.settings import Settings

        if attach and not check:
            raise typer.BadParameter("--attach va avec --check", param_hint="--attach")
        console = Console(stderr=True)
        signal.signal(signal.SIGTERM, _as_interrupt)
        options = Options(None if national else region, check, attach, keep, receiver_host, households)
        try:
            outcome = run(Settings(), options, console)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        except LocalError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(error.exit_code) from None
        except DemoFailed as error:
            typer.echo(f"Échec : {error}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        if outcome is None:
            return
        if as_json:
            typer.echo(json.dumps(outcome.shown()))
            return
        seen = outcome.latencies
        typer.echo("Un logement publié par HTTP est arrivé partout :")
        typer.echo(f"  compteurs du territoire  {seen.counters_ms:8.1f} ms")
        typer.echo(f"  proposition              {seen.proposal_ms:8.1f} ms")
        typer.echo(f"  webhook vérifié          {seen.webhook_ms:8.1f} ms")
        typer.echo(f"  flux en direct           {seen.stream_ms:8.1f} ms")
        if outcome.alerts:
            load = outcome.alerts
            typer.echo(
                f"alertes par accompagnant et par jour : {load.events_per_day} événements (au plus {load.most_events}) → "
                f"{load.interruptions_per_day} interruptions (au plus {load.most_interruptions}), le reste en récapitulatif"
            )
        typer.echo(f"chargé : {outcome.loaded}  secondes : {outcome.seconds}")


def _as_interrupt(_: int, __: "FrameType | None") -> None:
    """A SIGTERM stops the demonstration like Ctrl-C, so that nothing is left running."""
    raise KeyboardInterrupt
