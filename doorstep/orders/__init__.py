"""Measures and risk levels, from rule packs; release conditions. Decides nothing for an authority."""
