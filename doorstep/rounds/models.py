"""The tables of this package."""
