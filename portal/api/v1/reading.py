"""Reading a request strictly: what is not understood is refused, never guessed."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.core import is_json
from webargs.flaskparser import FlaskParser

from portal.api.v1.errors import BadFields, NotJson, Unreadable
from portal.infra.problems import SENTENCES


class StrictParser(FlaskParser):
    """Bodies and queries whose unknown, double and unreadable parts are refused with their name."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": ma.RAISE,
        "query": ma.RAISE,
        "headers": ma.EXCLUDE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body; an empty one is an empty object."""
        body = req.get_data(cache=True)
        if not body.strip():
            return {}
        if not is_json(req.mimetype):
            raise NotJson(SENTENCES[415])
        return strict_json(body)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query; a name that comes twice is refused."""
        twice = [(name, "This came twice. Send it once.") for name, values in req.args.lists() if len(values) > 1]
        if twice:
            raise BadFields(twice)
        return super().load_querystring(req, schema)

    def handle_error(self, error: ma.ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Our own words for what does not fit the schema."""
        by_location = error.messages_dict
        raise BadFields.of(next(iter(by_location.values()), {}) if len(by_location) == 1 else by_location) from error


def strict_json(body: bytes) -> Any:
    """The value of a JSON text; raises Unreadable for anything else, for NaN, for keys that come twice and endless nesting."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON in UTF-8.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        raise BadFields([(name, "This came twice. Send it once.") for name in found if names.count(name) > 1][:5])
    return found


def _no_number(name: str) -> NoReturn:
    raise Unreadable(f"{name} is no number in JSON.")
