"""One process per device, light ones for opening pictures, and the wire between."""

from dream.pool.isolation import conceal
from dream.pool.pool import Pool

__all__ = ["Pool", "conceal"]
