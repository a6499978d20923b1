"""Wiring: settings, addresses, the command line. Nobody imports this package."""
