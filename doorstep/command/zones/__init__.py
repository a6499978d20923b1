"""Pages of zones, orders, release conditions and packs. The acts and rules are those of orders."""
