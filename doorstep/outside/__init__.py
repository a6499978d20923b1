"""Foreign formats and the network; no Django models."""
