"""The third door (PROTOCOL §1): OSCU's operations behind KRA's developer gateway, with tokens and wrapped answers."""

import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from portal.simulator.envelope import CODE_VALUE_ERROR, REQUEST_ERROR, Reply, to_json
from portal.simulator.http import Request, Response

BASE = "/etims-oscu/api/v1"
TOKEN_PATH = "/v1/token/generate"  # noqa: S105  # a path
TOKEN_SECONDS = 3599
# Gateway name of each operation where it differs from OSCU's flat one; the flat names are accepted too (PROTOCOL §3.2).
NAMES = {
    "/initialize": "initialise",
    "/selectItemClass": "item_classes",
    "/customerPinInfo": "taxpayer",
    "/branchList": "branches",
    "/selectNotices": "notices",
    "/branchSendCustomerInfo": "save_branch_customer",
    "/branchUserAccount": "save_branch_user",
    "/branchInsuranceInfo": "save_insurer",
    "/itemInfo": "items",
    "/importedItemInfo": "imports",
    "/importedItemConvertedInfo": "update_import",
    "/sendSalesTransaction": "save_sale",
    "/getPurchaseTransactionInfo": "purchases",
    "/sendPurchaseTransactionInfo": "save_purchase",
    "/selectStockMoveLists": "stock_moves",
    "/insert/stockIO": "save_stock_io",
    "/save/stockMaster": "save_stock_master",
    "/selectInvoiceDetail": "invoice_details",
    "/selectTaxpayerInfo": "own_taxpayer",
}


class Tokens:
    """The tokens that were handed out and until when they are good."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def generate(self, request: Request) -> Response:
        """A token for any consumer key and secret; without them the gateway refuses."""
        kind, _, credentials = request.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or b":" not in _decoded(credentials):
            return refusal(401, "Invalid client credentials")
        token = secrets.token_urlsafe(24)
        self._until[token] = time.monotonic() + TOKEN_SECONDS
        return Response(200, to_json({"access_token": token, "expires_in": str(TOKEN_SECONDS)}))

    def missing(self, request: Request) -> Response | None:
        """The refusal of a request without a good token or application id, None when it may pass."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or self._until.get(token, 0) < time.monotonic():
            return refusal(401, "Invalid Access Token")
        if not request.headers.get("apigee_app_id"):
            return refusal(400, "apigee_app_id cannot be Null")
        return None


def _decoded(credentials: str) -> bytes:
    try:
        return b64decode(credentials, validate=True)
    except ValueError:
        return b""


def refusal(status: int, message: str) -> Response:
    """An error of the gateway itself."""
    header = {
        "responseCode": status,
        "responseMessage": message,
        "customerMessage": message,
        "requestRefId": str(uuid4()),
        "timestamp": int(time.time()),
    }
    return Response(status, to_json({"header": header, "body": {}}))


def identity_missing(operation: str, body: object) -> str | None:
    """What the gateway says when the identity stands in the headers only, where it wants it in the body as well."""
    has_tin = isinstance(body, dict) and bool(body.get("tin"))
    if has_tin:
        return None
    if operation == "initialise":
        return "Missing Tin"
    return "tin cannot be Null" if operation in ("purchases", "stock_moves") else None


def wrapped(reply: Reply, now: str) -> Response:
    """The answer in the gateway's wrapping; a refusal of data has no body inside."""
    if reply.code in (REQUEST_ERROR, CODE_VALUE_ERROR):
        return Response(200, to_json({"responseHeader": _header(400, reply.text), "responseBody": None}))
    body: Mapping[str, Any] = {
        "resultCd": reply.code,
        "resultMsg": reply.text,
        "resultDt": reply.moment or now,
        "data": reply.data,
    }
    return Response(200, to_json({"responseHeader": _header(200, reply.text), "responseBody": body}))


def _header(code: int, message: str) -> dict[str, Any]:
    return {"responseCode": code, "customerMessage": message, "debugMessage": message}
