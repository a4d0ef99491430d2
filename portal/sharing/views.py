"""The pages of whoever shares a receipt: to whom, the link that came of it, and taking it back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.errors import BadInput
from portal.identity.access import current_actor, requires
from portal.identity.permissions import Permission
from portal.infra.forms import FormReader, idempotency_key, parse_email, parse_phone
from portal.infra.polling import asked_so_far, poll_after
from portal.infra.web import htmx
from portal.receipts import queries as receipts
from portal.receipts.services import Way
from portal.sharing import queries, services
from portal.sharing.addresses import message_of, whatsapp
from portal.sharing.queries import SharedLink
from portal.sharing.services import Share

blueprint = Blueprint("sharing", __name__)
WAYS = (Way.WHATSAPP, Way.EMAIL, Way.LINK)


@blueprint.app_template_global("links_of")
def links_of(document_id: UUID) -> dict[UUID, SharedLink]:
    """For pages of other features: the links to a document's papers, by the hand-out."""
    return queries.links_of(document_id)


@blueprint.get("/invoices/<uuid:document_id>/share")
@requires(Permission.ISSUE_INVOICES)
def new_share(document_id: UUID) -> ResponseReturnValue:
    """Ask to whom the receipt goes; what the invoice knows of its buyer stands there already."""
    buyer = receipts.signed_document(document_id).issued.document.buyer
    form = FormReader.blank()
    form.typed |= {"phone": buyer.phone or "", "email": buyer.email or ""}
    way = Way.EMAIL if request.args.get("way") == Way.EMAIL else Way.WHATSAPP
    return _form(document_id, way, form, idempotency_key(None))


@blueprint.post("/invoices/<uuid:document_id>/share")
@requires(Permission.ISSUE_INVOICES)
def share(document_id: UUID) -> ResponseReturnValue:
    """Hand the original, or the next copy, out by a link."""
    receipts.signed_document(document_id)
    form, key = FormReader(request.form), idempotency_key(request.form.get("idempotency_key"))
    way = form.choice("way", WAYS, _("Say how the receipt is to be sent."))
    if way is None:
        raise BadInput(form.errors["way"])
    to = _receiver(form, Way(way))
    if form.errors:
        return _form(document_id, Way(way), form, key)
    link = services.share(current_actor(), document_id, Share(Way(way), to), key)
    return redirect(url_for(".show_link", link_id=link.id), 303)


@blueprint.get("/shared/<uuid:link_id>")
@requires(Permission.SEE_DOCUMENTS)
def show_link(link_id: UUID) -> ResponseReturnValue:
    """A link, ready to be sent, and what became of it; the page follows a mail that is on its way."""
    return _link_page(link_id, FormReader.blank())


@blueprint.post("/shared/<uuid:link_id>/revoke")
@requires(Permission.ISSUE_INVOICES)
def revoke(link_id: UUID) -> ResponseReturnValue:
    """Take the link back."""
    link = services.revoke(current_actor(), link_id)
    flash(_("The link opens nothing any more."))
    return redirect(url_for("sales.show_document", document_id=link.document_id), 303)


@blueprint.post("/shared/<uuid:link_id>/mail")
@requires(Permission.ISSUE_INVOICES)
def mail_again(link_id: UUID) -> ResponseReturnValue:
    """The same paper once more by mail, after one that could not be delivered."""
    queries.link(link_id)
    form = FormReader(request.form)
    address = form.read("email", parse_email, required=_("Enter an e-mail address, like grace@example.com."))
    if form.errors or address is None:
        return _link_page(link_id, form)
    services.mail_again(current_actor(), link_id, address)
    return redirect(url_for(".show_link", link_id=link_id), 303)


def _receiver(form: FormReader, way: Way) -> str | None:
    """Who it goes to: a mail needs an address, WhatsApp can ask by itself."""
    if way is Way.EMAIL:
        return form.read("email", parse_email, required=_("Enter the customer’s e-mail address, like asha@example.com."))
    return form.read("phone", parse_phone) if way is Way.WHATSAPP else None


def _form(document_id: UUID, way: Way, form: FormReader, key: str) -> ResponseReturnValue:
    signed = receipts.signed_document(document_id)
    context = {"number": signed.issued.trader_number, "buyer": signed.issued.document.buyer.name, "key": key, "way": way.value}
    is_copy = bool(receipts.hand_outs(document_id))
    page = render_template("sharing/new.html", document_id=document_id, form=form, is_copy=is_copy, **context)
    return page, 422 if form.errors else 200


def _link_page(link_id: UUID, form: FormReader) -> ResponseReturnValue:
    shared = queries.shared_link(link_id)
    signed, handed_out = receipts.signed_document(shared.link.document_id), receipts.hand_out(shared.link.hand_out_id)
    message = message_of(signed.issued, shared.address) if shared.address and shared.is_open else None
    page = render_template(
        "sharing/_link.html" if htmx and not form.errors else "sharing/link.html",
        shared=shared,
        number=signed.issued.trader_number,
        handed_out=handed_out,
        whatsapp=whatsapp(message.text, shared.link.sent_to if handed_out.way == Way.WHATSAPP else None) if message else None,
        poll=poll_after(asked_so_far(), shared.is_on_its_way),
        form=form,
    )
    return page, 422 if form.errors else 200
