"""All pages of sales, on one blueprint."""

from __future__ import annotations

from portal.sales import credit_views as credit_views
from portal.sales import document_views as document_views
from portal.sales import form_part_views as form_part_views
from portal.sales import form_views as form_views
from portal.sales import home_views as home_views
from portal.sales import list_views as list_views
from portal.sales import unsigned_views as unsigned_views
from portal.sales.blueprint import blueprint as blueprint
