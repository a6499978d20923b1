"""Sampling rounds of an estate: tubes, teams, windows, couriers, laboratory, pool sizes.

`rounds.solve` makes the plan of a round (`plan`) from what is asked (`problem`). `tubes` fills
whole households into tubes, `teams` shares stairwells between teams, `pooling` says what a pool
size costs in tests at a positivity. Each says how far from a bound its answer is.
"""
