"""Places, households, people, staff, units, roles and standings. Knows no round and no tube."""
