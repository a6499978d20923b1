"""The subcommands of `doorstep`, one module a noun: `add(commands)` registers them. They read
arguments and call the packages; the work is not done here.
"""
