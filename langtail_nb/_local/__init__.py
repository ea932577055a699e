"""A Langtail look-alike on loopback, for demos and tests.

It imports nothing of the package but ``template``, and writes its bytes by hand: a parser that is
tested against its own writer agrees with itself about every mistake.

    serve ─► guard ─► app ─┬─► invoke ─► provider ─► engines ─► events ─► answer
                           └─► threads ─► store
"""
