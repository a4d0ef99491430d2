"""Benchmarks that print ratios, and the chaos rig."""
