"""Sending a receipt to the customer: links that open without a log-in, WhatsApp, e-mail, and who opened them."""
