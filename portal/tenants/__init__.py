"""Businesses, branches, sign-up and onboarding."""
