"""KRA's yes to a sale or an initialisation, read tolerantly: every spelling met on the wire (PROTOCOL §4, §7.5)."""

import re
from collections.abc import Mapping

from portal.fiscal.frozen import Signature
from portal.kra import read
from portal.kra.classify import Reading
from portal.kra.clock import read_day, read_moment
from portal.kra.envelope import Envelope
from portal.kra.identity import DeviceIdentity
from portal.kra.operations import Transport
from portal.kra.secret import Secret
from portal.kra.values import DeviceKeys, Place

_MARK = re.compile(r"[!-~]{1,255}")        # a signature is printable text without blanks, of whatever length
_TIMES = ("sdcDateTime", "vsdcRcptPbctDate", "VSCURcptPbctDate", "VSCUrcptPbctDate")


def signature_from(data: Mapping[str, object] | None, identity: DeviceIdentity, fallback_time: object = None,
                   ) -> Signature | None:
    """Return the control unit's signature, None unless signature, internal data, counter and time are all there."""
    if data is None:
        return None
    signature = _mark(read.first(data, "rcptSign", "rctSign"))
    internal = _mark(read.first(data, "intrlData", "intrIData"))
    total = read.whole(data.get("totRcptNo")) or None       # counters begin at 1
    counter = read.whole(read.first(data, "curRcptNo", "rcptNo", "rptNo")) or None
    moment = read_moment(read.first(data, *_TIMES) or "") or read_moment(fallback_time or "")
    counter, total = counter or total, total or counter
    if signature is None or internal is None or counter is None or total is None or moment is None:
        return None
    return Signature(
        receipt_number=counter,
        total_receipt_number=total,
        internal_data=internal,
        signature=signature,
        signed_at=moment,
        sdc_id=read.text(read.first(data, "sdcId", "sdicId"), 50) or identity.sdc_id or "",
        mrc_number=read.text(data.get("mrcNo"), 50) or identity.mrc_number or "",
    )


def read_signature(envelope: Envelope, identity: DeviceIdentity) -> Reading[Signature] | None:
    """Return the signature of a sale's answer, None when the answer is no receipt or one of another control unit."""
    found = signature_from(envelope.data, identity, fallback_time=envelope.whole.get("resultDt"))
    if found is None or (identity.sdc_id and found.sdc_id.upper() != identity.sdc_id.upper()):
        return None
    return Reading(found)


def _key(info: Mapping[str, object], name: str) -> Secret | None:
    key = read.text(info.get(name))
    return Secret(key) if key else None


def read_keys(envelope: Envelope, transport: Transport) -> Reading[DeviceKeys] | None:
    """Return what initialisation handed out, None when it holds neither a key (OSCU) nor a unit's id (VSCU)."""
    info = (envelope.data or {}).get("info")
    if not isinstance(info, dict):
        return None
    key = _key(info, "cmcKey")
    sdc_id = read.text(read.first(info, "sdcId", "sdicId"), 50)
    if (key if transport is Transport.OSCU else sdc_id) is None:
        return None
    numbers = [number for name in ("lastInvcNo", "lastSaleInvcNo")
               if (number := read.whole(info.get(name))) is not None]
    return Reading(DeviceKeys(
        pin=read.text(info.get("tin"), 11),
        branch_code=read.text(info.get("bhfId"), 2),
        device_id=read.text(info.get("dvcId"), 50),
        sdc_id=sdc_id,
        mrc_number=read.text(info.get("mrcNo"), 50),
        communication_key=key,
        internal_key=_key(info, "intrlKey"),
        signing_key=_key(info, "signKey"),
        taxpayer_name=read.text(info.get("taxprNm"), 200),
        business_activity=read.text(info.get("bsnsActv"), 200),
        branch_name=read.text(info.get("bhfNm"), 100),
        branch_opened_on=read_day(info.get("bhfOpenDt")),
        is_head_office=read.yes(info.get("hqYn")),
        manager_name=read.text(info.get("mgrNm"), 100),
        manager_phone=read.text(info.get("mgrTelNo"), 50),
        manager_email=read.text(info.get("mgrEmail"), 254),
        place=read_place(info),
        vat_registered=read_vat(info.get("vatTyCd")),
        last_invoice_number=max(numbers, default=None),
        last_purchase_number=read.whole(info.get("lastPchsInvcNo")),
        last_receipt_number=read.whole(info.get("lastSaleRcptNo")),
    ))


def read_place(row: Mapping[str, object]) -> Place:
    """Return the place fields that several answers share."""
    return Place(
        county=read.text(row.get("prvncNm"), 100),
        sub_county=read.text(row.get("dstrtNm"), 100),
        locality=read.text(row.get("sctrNm"), 100),
        description=read.text(row.get("locDesc"), 100),
    )


def read_vat(raw: object) -> bool | None:
    """Return whether KRA has the business registered for VAT: 1 yes, 2 no."""
    return {"1": True, "2": False}.get(read.text(raw) or "")


def _mark(raw: object) -> str | None:
    """Return a signature or internal data without dashes, None for blank, junk, or a null that became text."""
    bare = raw.strip().replace("-", "") if isinstance(raw, str) else ""
    return bare if _MARK.fullmatch(bare) and bare.lower() != "null" else None
