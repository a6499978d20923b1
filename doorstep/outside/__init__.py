"""Foreign formats and the network: what comes from, or goes to, systems that are not ours.

Holds no Django model and decides nothing about people; it translates, or refuses with a code.
"""
