"""Shift plans (排班表): who works which shift where on which day.

`problem` is what is asked, `tables` turns it into numbers, `search` looks for a plan, `bound`
proves how low its cost could be at all, `shortage` explains cover that is not met, `solve.solve`
does all of it, `plan` is what comes out. The rules of work are never broken in an answer; cover,
wishes, fairness and changes are priced. A plan is called the best only if its bound says so.
"""
