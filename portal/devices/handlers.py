"""What devices do when something happens elsewhere."""

from __future__ import annotations

from portal.devices import services
from portal.infra.events import Event, on
from portal.tenants.models import Branch


@on(Event.BRANCH_OPENED)
def give_the_branch_a_device(branch: Branch) -> None:
    """A branch signs with a control unit of its own from its first day."""
    services.make_device(branch)
