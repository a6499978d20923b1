"""Tests of the foreign formats. They need no database and no network."""
