"""What may go wrong in words a person can use: raised where the rule is, answered in one place."""

from __future__ import annotations


class PortalError(Exception):
    """A rule of ours said no: `sentence` is shown to the person, `status` is the HTTP status."""

    status = 409

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says besides its status."""
        return {}


class BadInput(PortalError):
    """What was typed cannot be used; `field` names where, when one field is to blame."""

    status = 422

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class NotFound(PortalError):
    """No such thing for this business: the same answer whether it is missing or somebody else's."""

    status = 404

    def __init__(self, sentence: str = "We could not find that page.") -> None:
        super().__init__(sentence)


class NotSignedIn(PortalError):
    """A program showed no token that works."""

    status = 401


class NotAllowed(PortalError):
    """The person's role does not include this act."""

    status = 403


class TooManyTries(PortalError):
    """A throttle is closed; `retry_after` is in seconds."""

    status = 429

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"Retry-After": str(self.retry_after)}
