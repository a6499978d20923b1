"""Doorstep (到户): runs a community through an outbreak. Nothing is defined here."""
