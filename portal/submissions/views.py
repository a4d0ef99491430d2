"""The pages on which a person sees what needs attention and settles it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import BadInput, NotFound
from portal.fiscal.money import parse_money
from portal.identity.access import current_actor, public, requires
from portal.identity.fresh import fresh_sign_in
from portal.identity.permissions import Permission
from portal.infra.forms import FormReader, printable
from portal.infra.wording import EAT
from portal.submissions import attention, queries, services
from portal.submissions.models import Submission
from portal.submissions.subjects import subjects_of

blueprint = Blueprint("submissions", __name__)


@blueprint.get("/attention")
@requires(Permission.SEE_DOCUMENTS)
def list_attention() -> ResponseReturnValue:
    cases = queries.cases()
    return render_template("submissions/attention.html", cases=cases, stopped=queries.stopped_units(), count=len(cases))


@blueprint.get("/attention/<uuid:submission_id>")
@requires(Permission.SEE_DOCUMENTS)
def show_case(submission_id: UUID) -> ResponseReturnValue:
    row = queries.submission(submission_id)
    return render_template("submissions/case.html", case=queries.case_of(row), tries=queries.tries_of(row))


@blueprint.post("/attention/<uuid:submission_id>/check-again")
@requires(Permission.ISSUE_INVOICES)
def check_again(submission_id: UUID) -> ResponseReturnValue:
    services.check_again(current_actor(), submission_id)
    flash(_("We are asking KRA again."))
    return _back(submission_id)


@blueprint.post("/attention/<uuid:submission_id>/send-again")
@requires(Permission.ISSUE_INVOICES)
def send_again(submission_id: UUID) -> ResponseReturnValue:
    services.send_again(current_actor(), submission_id)
    flash(_("It goes to KRA again in its turn."))
    return _back(submission_id)


@blueprint.post("/attention/retry")
@requires(Permission.ISSUE_INVOICES)
def retry_all() -> ResponseReturnValue:
    """Check again whatever is in doubt; what KRA refused is left to a person."""
    count = services.check_all_again(current_actor())
    flash(_("We are asking KRA again about %(count)s of them.", count=count))
    return redirect(url_for(".list_attention"), 303)


@blueprint.get("/attention/<uuid:submission_id>/receipt")
@requires(Permission.SETTLE_DOUBT)
def ask_for_receipt(submission_id: UUID) -> ResponseReturnValue:
    row = _held(submission_id)
    return render_template("submissions/receipt.html", case=queries.case_of(row), typed={}, errors={})


@blueprint.post("/attention/<uuid:submission_id>/receipt")
@fresh_sign_in()
@requires(Permission.SETTLE_DOUBT)
def enter_receipt(submission_id: UUID) -> ResponseReturnValue:
    row = _held(submission_id)
    case = queries.case_of(row)
    form = FormReader(request.form)
    found, reason = _read_receipt(form)
    if found is not None and reason and not form.errors:
        try:
            attention.i_have_the_receipt(current_actor(), submission_id, found, case.subject.total or Decimal(0), reason)
        except BadInput as error:
            form.refuse("signature", error.sentence)
        else:
            flash(_("Settled. The receipt is on its way."))
            return redirect(case.subject.href or url_for(".list_attention"), 303)
    return render_template("submissions/receipt.html", case=case, typed=form.typed, errors=form.errors), 422


@blueprint.post("/attention/<uuid:submission_id>/never-arrived")
@fresh_sign_in()
@requires(Permission.SETTLE_DOUBT)
def never_arrived(submission_id: UUID) -> ResponseReturnValue:
    again = attention.it_never_arrived(current_actor(), submission_id, _reason())
    flash(
        _("It goes to KRA again under the same number.")
        if again
        else _("A later number is out already, so this one is void. Issue the sale again as a new invoice.")
    )
    return redirect(url_for(".list_attention"), 303)


@blueprint.post("/attention/units/<uuid:device_id>/repaired")
@fresh_sign_in()
@requires(Permission.SETTLE_DOUBT)
def unit_repaired(device_id: UUID) -> ResponseReturnValue:
    attention.unit_is_repaired(current_actor(), device_id, _reason())
    flash(_("The control unit works again. What waited goes out now."))
    return redirect(url_for(".list_attention"), 303)


@blueprint.get("/help")
@public
def help_page() -> ResponseReturnValue:
    """Short answers, keys, and where to go on; open to anybody."""
    return render_template("submissions/help.html")


@blueprint.get("/help/kra-codes")
@public
def kra_codes() -> ResponseReturnValue:
    """What each of KRA's result codes means, open to anybody; also found by a word of its meaning."""
    wanted = printable(request.args.get("q", "")).strip()[:40]
    return render_template("submissions/codes.html", codes=queries.meanings(wanted), q=wanted)


def _held(submission_id: UUID) -> Submission:
    row = queries.submission(submission_id)
    if row.state != "held" or row.kind not in ("sale", "credit_note"):
        raise NotFound(_("This is not waiting for a receipt any more."))
    return row


def _read_receipt(form: FormReader) -> tuple[attention.FoundReceipt | None, str | None]:
    needed = _("Copy this from the receipt.")
    number = form.read("number", _whole, required=needed)
    total = form.read("total", parse_money, required=needed)
    sdc_id = form.text("sdc_id", 18, required=needed)
    receipt_no = form.read("receipt_no", _whole, required=needed)
    total_receipt_no = form.read("total_receipt_no", _whole, required=needed)
    internal_data = form.text("internal_data", 64, required=needed)
    signature = form.text("signature", 64, required=needed)
    signed_at = form.read("signed_at", _moment, required=needed)
    opened = form.ticked("opened")
    reason = form.text("reason", 200, required=_("Say in a few words how you found it."))
    if not (number and total and sdc_id and receipt_no and total_receipt_no and internal_data and signature and signed_at):
        return None, reason
    return (
        attention.FoundReceipt(
            number=number,
            total=total,
            sdc_id=sdc_id,
            receipt_number=receipt_no,
            total_receipt_number=total_receipt_no,
            internal_data=internal_data.replace("-", ""),
            signature=signature.replace("-", ""),
            signed_at=signed_at,
            opened_at_kra=opened,
        ),
        reason,
    )


def _whole(text: str) -> int:
    tidy = text.strip()
    if not (tidy.isascii() and tidy.isdigit() and len(tidy) <= 18 and int(tidy) > 0):
        raise BadInput(_("Enter a whole number, like 105."))
    return int(tidy)


def _moment(text: str) -> datetime:
    for form in ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=EAT)
        except ValueError:
            continue
    raise BadInput(_("Enter date and time as on the receipt, like 20/11/2026 14:05:09."))


def _reason() -> str:
    form = FormReader(request.form)
    reason = form.text("reason", 200, required=_("Say in a few words why."))
    if reason is None:
        raise BadInput(form.errors["reason"])
    return reason


def _back(submission_id: UUID) -> ResponseReturnValue:
    row = queries.submission(submission_id)
    subject = subjects_of([row])[row.id]
    return redirect(subject.href or url_for(".list_attention"), 303)
