"""Drivers speak a protocol; links move its bytes."""
