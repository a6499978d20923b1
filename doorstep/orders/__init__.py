"""Measures and risk levels from rule packs; release conditions. Decides for no authority."""
