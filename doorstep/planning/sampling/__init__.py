"""Sampling rounds of an estate: tubes, teams, pool sizes.

`tubes` fills whole households into tubes, `teams` shares stairwells between teams, `pooling` says
what a pool size costs in tests at a positivity. Each says how far from a bound its answer is.
"""
