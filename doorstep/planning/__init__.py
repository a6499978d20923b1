"""What a day will need: problem in, plan out.

Every model here is pure: no Django, no clock, no file, no setting, no random number that does not
come from the seed in its problem. The same problem gives the same plan. Whoever calls says when to
stop, by a pulse (`planning.pulse`). Wrong problems are refused naming the field
(`planning.wrong`); none hangs.
"""
