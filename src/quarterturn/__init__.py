"""Guided forward, sideways and backward walking on a treadmill."""

__version__ = "0.1.0"
