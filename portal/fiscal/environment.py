"""The one KRA environment of a deployment, as every signed document remembers it."""

from enum import StrEnum


class Environment(StrEnum):
    """Where documents are signed; only production signs tax documents."""

    SIMULATOR = "simulator"
    SANDBOX = "sandbox"
    PRODUCTION = "production"

    @property
    def is_live(self) -> bool:
        return self is Environment.PRODUCTION
