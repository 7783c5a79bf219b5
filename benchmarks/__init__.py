"""Benchmarks: how good and how fast, measured against the plain way in the same run.

``python -m benchmarks`` runs them all, ``python -m benchmarks retrieval`` one. Results are printed
and written to ``benchmarks/out/NAME.json``. Two of them can use data that is published elsewhere:
``--stard`` names the folder of STARD (THUIR, MIT licence; :mod:`benchmarks.stard`), ``--laws`` a
folder of statutes in Markdown.
"""
