"""The blueprint that all resources hang on; what a view says about access is written into its documentation."""

from __future__ import annotations

from copy import deepcopy
from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint

from portal.api.v1.reading import StrictParser
from portal.identity.access import PUBLIC
from portal.identity.permissions import Permission
from portal.infra.limits import OF_A_PROGRAM, OF_AN_ADDRESS, address, limiter, program
from portal.tokens.scopes import SCOPES

PREFIX = "/api/v1"


class Resources(Blueprint):
    """A blueprint that reads requests strictly and documents scopes and refusals by itself."""

    ARGUMENTS_PARSER = StrictParser()

    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any) -> None:
        """Register a view with what its access means for callers."""
        view_func._apidoc = deepcopy(getattr(view_func, "_apidoc", {}))
        changes = "POST" in options.get("methods", ())
        view_func._apidoc.setdefault("manual_doc", {}).update(_documented(view_func.access, rule, changes))
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


ALWAYS = {
    422: "Something in the request cannot be used; `field` says what.",
    429: "Too many requests; see Retry-After.",
    503: "A part that is needed is away for a moment; see Retry-After.",
}
ON_CHANGES = {
    400: "The body is no JSON.",
    404: "This business has no such thing.",
    409: "This cannot be done now; `detail` says why.",
    413: "The body is too large.",
    415: "The body is not announced as JSON.",
}


def _documented(access: str | Permission, rule: str, changes: bool) -> dict[str, Any]:
    refused = ALWAYS | (ON_CHANGES if changes else {})
    if "<" in rule or not changes:
        refused |= {404: ON_CHANGES[404], 409: ON_CHANGES[409]}
    if access == PUBLIC:
        return {"security": [], "responses": _problems(refused)}
    scope = SCOPES[Permission(access)]
    refused |= {401: "No token that works.", 403: f"The token lacks the scope {scope}."}
    return {"security": [{"token": []}], "x-scope": scope.value, "responses": _problems(refused)}


def _problems(refused: dict[int, str]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": said or HTTPStatus(status).phrase, "content": content}
        for status, said in sorted(refused.items())
    }


blueprint = Resources("api", __name__, url_prefix=PREFIX, description="Risiti")
limiter.shared_limit(OF_A_PROGRAM, scope="api-program", key_func=program)(blueprint)
limiter.shared_limit(OF_AN_ADDRESS, scope="api-address", key_func=address)(blueprint)
