"""Buyers and their PINs."""
