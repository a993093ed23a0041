"""Bluetooth exposure notification and the roll-out around it."""

__version__ = "0.1.0"
