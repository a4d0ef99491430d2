"""Column types that every feature's tables share."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import DateTime, Numeric, Text, text
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.orm import Mapped, mapped_column

Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
Money = Annotated[Decimal, mapped_column(Numeric(15, 2))]
Quantity = Annotated[Decimal, mapped_column(Numeric(17, 4))]
Words = Annotated[str, mapped_column(Text)]
SearchWords = Annotated[str, mapped_column(Text(collation="C"))]
Id = Annotated[UUID, mapped_column(PgUuid(as_uuid=True))]
NewId = Annotated[UUID, mapped_column(PgUuid(as_uuid=True), primary_key=True, server_default=text("gen_random_uuid()"))]
TenantId = Annotated[UUID, mapped_column(PgUuid(as_uuid=True), primary_key=True)]
PartId = Annotated[UUID, mapped_column(PgUuid(as_uuid=True), primary_key=True)]
PartWord = Annotated[str, mapped_column(Text, primary_key=True)]

__all__ = [
    "CreatedAt",
    "Id",
    "Mapped",
    "Moment",
    "Money",
    "NewId",
    "PartId",
    "PartWord",
    "Quantity",
    "SearchWords",
    "TenantId",
    "Words",
    "search_words",
]


def search_words(text_: str) -> str:
    """The form in which names are kept for prefix search: lower case, single spaces."""
    return " ".join(text_.lower().split())
