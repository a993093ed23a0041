"""Pictures of who may have infected whom: the chains drawn as SVG over days, and the days of a cluster."""

from __future__ import annotations
