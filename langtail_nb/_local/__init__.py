"""A Langtail look-alike on loopback, for demos and tests.

It imports nothing of the package but ``template``, ``_text`` and ``_environment``, and writes its bytes by
hand: a parser that is tested against its own writer agrees with itself about every mistake. Its engines ask
other servers and models, and read them as everyone else does: with ``_http`` and ``_types``.

    serve ─► guard ─► app ─┬─► invoke ─► provider ─► engines ─► plan ─► answer
                           └─► thread_routes ─► thread_store
"""
