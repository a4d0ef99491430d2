"""A signed document in KRA's own names, as KRA lists it: for whoever compares our books with KRA's."""

import json
from collections.abc import Mapping
from decimal import Decimal

from portal.fiscal.frozen import Signature
from portal.kra.payloads.canonical import JsonValue, canonical_json

_FROM_THE_BYTES = ("tin", "bhfId", "invcNo", "salesTyCd", "rcptTyCd", "trdInvcNo", "totAmt")


def ledger_line(body: bytes, signature: Signature) -> str:
    """Return one JSON object: what KRA was told in these very bytes, and what it answered."""
    told = json.loads(body, parse_float=Decimal)
    line: Mapping[str, JsonValue] = {
        **{name: told.get(name) for name in _FROM_THE_BYTES},
        "rcptNo": signature.receipt_number,
        "totRcptNo": signature.total_receipt_number,
        "intrlData": signature.internal_data,
        "rcptSign": signature.signature,
        "sdcId": signature.sdc_id,
    }
    return canonical_json(line).decode("ascii")
