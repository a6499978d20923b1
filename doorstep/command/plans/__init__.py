"""The planner's pages: from "so many by when" to staff numbers and pictures.

A module here imports the planner where it is used and not at its top: numpy and the compiler take
half a second and a hundred megabytes, which a server that plans nothing does not need.
"""
