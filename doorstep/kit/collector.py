"""Python's collector of garbage, as suits a process that works on the book. Refuses nothing."""

import gc


def rest() -> None:
    """What is loaded stays, and a batch makes some 100,000 objects: looking through them all again
    and again costs an eighth of the intake, and a quarter of a replay.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
