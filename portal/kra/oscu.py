"""The online unit: KRA's own server, the device's key in a header (PROTOCOL §2.2)."""

from portal.kra.device import WireGateway
from portal.kra.operations import Operation, SubmissionKind, Transport


class OscuGateway(WireGateway):
    """A control unit that is KRA's server."""

    transport = Transport.OSCU

    def headers(self, operation: Operation) -> dict[str, str]:
        """Return PIN, branch and key; initialisation carries no header, it is where the key comes from."""
        if operation is Operation.INITIALISE:
            return {}
        key = self.identity.communication_key
        named = {"tin": self.identity.pin, "bhfId": self.identity.branch_code}
        return {**named, "cmcKey": key.reveal()} if key is not None else named

    def objection(self, kind: SubmissionKind) -> str | None:
        """Return what is missing: without its key nothing is sent, without its id no receipt could be printed."""
        if self.identity.communication_key is None:
            return "The key of this control unit is missing, so nothing was sent."
        if kind.is_signed and not self.identity.sdc_id:
            return "The id of this control unit is not known yet, so nothing was sent."
        return None
