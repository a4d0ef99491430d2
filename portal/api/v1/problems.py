"""What went wrong at KRA, in KRA's words and in ours."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from portal.api.v1.fields import Body
from portal.submissions import queries
from portal.submissions.models import Submission


class KraProblem(Body):
    """`code` and `message` are KRA's, `sentence` says in plain words what happened and what to do."""

    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)
    sentence = fields.String(required=True)


def problem_of(row: Submission | None) -> dict[str, Any] | None:
    """What a caller should know about a submission that is refused, held or in doubt; None when all is well."""
    problem = queries.problem_of(row) if row is not None else None
    if problem is None:
        return None
    sentence = f"{problem.sentence} {problem.advice}".strip()
    return {"code": problem.code, "message": problem.message, "sentence": sentence}
