"""What the QR code of a signed receipt says (RECEIPTS §7)."""

import re
from urllib.parse import quote

from portal.fiscal.environment import Environment
from portal.fiscal.errors import FiscalError

LIVE_HOST = "etims.kra.go.ke"
SANDBOX_HOST = "etims-sbx.kra.go.ke"
PATH = "/common/link/etims/receipt/indexEtimsReceiptData"
USUAL_SIGNATURE_LENGTH = 16

_BRANCH = re.compile(r"[0-9]{2}")
_PIN = re.compile(r"[A-Z][0-9]{9}[A-Z]")


class QrError(FiscalError):
    """A QR code that may not be drawn because a part of it is missing."""


def receipt_url(pin: str, branch_code: str, signature: str, environment: Environment | str) -> str:
    """The address at which KRA shows the receipt; every environment but production has the sandbox host."""
    bare = signature.replace("-", "")
    if not _PIN.fullmatch(pin) or not _BRANCH.fullmatch(branch_code) or not bare:
        raise QrError("The QR code needs the seller's PIN, the branch and KRA's signature.")
    host = LIVE_HOST if Environment(environment).is_live else SANDBOX_HOST
    return f"https://{host}{PATH}?Data={pin}{branch_code}{quote(bare, safe='')}"


def is_usual_signature(signature: str) -> bool:
    """Whether the signature is as long as KRA's always were; others are printed all the same, operators are told."""
    return len(signature.replace("-", "")) == USUAL_SIGNATURE_LENGTH
