"""Adding something while filling another form: where it was asked for, and how the answer gets back there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.infra.forms import printable
from portal.infra.web import htmx

NAME_OF_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")


@dataclass(frozen=True, slots=True)
class Errand:
    """`into` is the combobox that waits for the new thing, `back` the page of this portal to return to without JavaScript."""

    name: str
    into: str
    back: str | None

    @classmethod
    def of(cls, args: MultiDict[str, str], back: str | None) -> Self:
        """What the address or the sent form says; `back` must be checked by the caller."""
        into = args.get("into", "")
        return cls(
            name=printable(args.get("for", ""))[:20],
            into=into if NAME_OF_FIELD.fullmatch(into) else "",
            back=back,
        )

    @property
    def in_dialog(self) -> bool:
        """Whether the form is asked for as a dialog over another page."""
        return bool(self.name and htmx)

    @property
    def fields(self) -> dict[str, str]:
        """What the form must carry along."""
        return {name: text for name, text in (("for", self.name), ("into", self.into), ("back", self.back)) if text}

    def done(self, kind: str, new_id: UUID, text: str, page: str, said: str) -> ResponseReturnValue:
        """Hand the new thing over: to the waiting combobox, to the page it was asked from, or to its own `page`."""
        if self.in_dialog:
            events: dict[str, object] = {"dialog-close": ""}
            if self.into:
                events = {"combo-pick": {"into": self.into, "value": str(new_id), "text": text}, **events}
            return render_template("components/_said.html", said=said), 200, {"HX-Trigger": json.dumps(events)}
        if self.back:
            joint = "&" if urlsplit(self.back).query else "?"
            return redirect(f"{self.back}{joint}{urlencode({kind: new_id})}", 303)
        return redirect(page, 303)
