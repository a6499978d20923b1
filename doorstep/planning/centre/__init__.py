"""Vaccination centres and other places where people queue: how long they wait, how many are done by
when, and how many desks and stalls that takes.

`problem` is what is asked, `simulate.simulate` plays days of it, `staffing` searches the fewest
servers, `outcome` is what comes out. Two kernels play a day: `recursion` where everybody passes
every station first come, first served, and `calendar` for all else; each is the other's check.
"""
