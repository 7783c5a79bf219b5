"""``python -m benchmarks [NAME …] [--stard DIR] [--laws DIR] [--articles N] [--clauses N]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.settings import AUTO_ADAPTER, STATUTES
from benchmarks import (
    clauses,
    encoding,
    evidence,
    faults,
    fusion,
    increments,
    large,
    load,
    million,
    milvus,
    page,
    refusal,
    retrieval,
    startup,
)
from benchmarks.common import Bench, options

ALL = {
    "clauses": clauses.run,
    "retrieval": retrieval.run,
    "evidence": evidence.run,
    "fusion": fusion.run,
    "refusal": refusal.run,
    "large": large.run,
    "million": million.run,
    "increments": increments.run,
    "milvus": milvus.run,
    "startup": startup.run,
    "load": load.run,
    "page": page.run,
    "faults": faults.run,
    "encoding": encoding.run,
}


def main() -> None:
    """Runs the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(ALL)}")
    parser.add_argument("--stard", type=Path, help="folder of STARD")
    parser.add_argument("--laws", type=Path, help="folder of statutes in Markdown")
    parser.add_argument("--articles", type=int, help="articles of STARD in the large library")
    parser.add_argument("--clauses", type=int, help="clauses of the largest library of million")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - ALL.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    bench = Bench()
    named = set(arguments.names or ALL) & {"large", "encoding", "refusal"}
    if arguments.stard and named and bench.settings.adapter in (AUTO_ADAPTER, STATUTES):
        print(
            "The program's adapter was trained on STARD's questions: what is measured on them "
            "tells how good the encoder is only with ASSISTANT_ADAPTER=none.\n"
        )
    for name in arguments.names or ALL:
        print(f"== {name}\n")
        ALL[name](bench, options(arguments))


main()
