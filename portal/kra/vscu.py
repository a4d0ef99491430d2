"""The virtual unit: a signing service on the trader's side that knows its own keys (PROTOCOL §2.2)."""

from portal.kra.device import WireGateway
from portal.kra.operations import Operation, SubmissionKind, Transport


class VscuGateway(WireGateway):
    """A control unit that signs by itself and forwards to KRA."""

    transport = Transport.VSCU

    def headers(self, operation: Operation) -> dict[str, str]:
        """Return nothing: the body names PIN and branch."""
        return {}

    def objection(self, kind: SubmissionKind) -> str | None:
        """Return None: the unit holds all it needs."""
        return None
