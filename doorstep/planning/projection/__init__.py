"""What sealing, testing every so many days, slow results and large pools do inside an estate: a
projection, never a promise. Ranges over many played months, not one line.

`problem` is what is asked, `spread` plays a month, `projection.project` plays many, `plan` is what
comes out; `reed_frost` is the exact answer that a household is held against.
"""
