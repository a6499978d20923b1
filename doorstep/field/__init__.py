"""Devices at the door: enrol and push. Knows HTTP and the ledger, not what an entry means."""
