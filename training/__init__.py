"""How the bundled encoder's adapter is trained: STARD's lay questions and its articles → low-rank
matrices (:mod:`assistant.index.adapter`).

``python -m training STARD`` does all of it; ``docs/adapter.md`` says what comes out. Needs the
extra ``train``. In order: :mod:`.stard` (what is read), :mod:`.corpus` (vectors of the plain
encoder, what retrievers guess), :mod:`.recipe` (what is tried), :mod:`.learner` (the model),
:mod:`.train`, :mod:`.measure`.
"""
