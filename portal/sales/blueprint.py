"""The pages of sales hang on this one blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("sales", __name__)
