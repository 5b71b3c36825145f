"""The ways in which a delivery reaches someone."""

from enum import StrEnum


class Channel(StrEnum):
    """Channel of an endpoint and of its deliveries. A dispatcher sends by the channels that it is wired with."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SMS = "sms"
