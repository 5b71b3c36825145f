"""Consumer groups of former generations."""

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from shared import telemetry

log = telemetry.logger(__name__)


def forget_former_groups(kafka: str, name: str, own: str) -> None:
    """Deletes the empty groups "<name>.<epoch>" that are older than `own`, so that nobody reads a lag into them."""
    admin = KafkaAdminClient(bootstrap_servers=kafka, client_id=name)
    try:
        former = [
            group["group_id"]
            for group in admin.list_groups()
            if group["group_id"].startswith(f"{name}.") and group["group_id"] < own
        ]
        if former:
            admin.delete_groups(former)
    except KafkaError as error:
        log.info("packer.groups_kept", error=type(error).__name__)
    finally:
        admin.close()
