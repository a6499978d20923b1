"""Ways on foot through an estate: trips of carts with goods, lists of doors to visit.

`problem` is what is asked, `trips` and `visits` answer, `plan` is what comes out. The routes of
carts are PyVRP's; nothing here searches routes of its own.
"""
