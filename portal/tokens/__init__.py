"""Tokens with which programs act for a business."""
