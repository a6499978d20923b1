"""Sampling: from a due list to tubes, boxes, laboratories and results."""
