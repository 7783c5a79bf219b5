"""A question-answering assistant over policy texts: clauses, retrieval, cited answers.

>>> from assistant import Assistant, build_index
>>> report = build_index("documents", "index")         # doctest: +SKIP
>>> answer = Assistant.open("index").ask("杭州对独立站有什么补贴？")   # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

from assistant._quiet import no_telemetry

no_telemetry()  # before anything that could report

if TYPE_CHECKING:
    from assistant.answering import Answer, Citation, Reason, TableRow
    from assistant.api import Assistant, build_index, plan_build
    from assistant.clauses import Clause, split_clauses
    from assistant.errors import AssistantError
    from assistant.index import BuildPlan, BuildReport
    from assistant.progress import Progress
    from assistant.reading import Document, read_document
    from assistant.retrieval import Hit
    from assistant.settings import Settings
else:
    _HOMES = {
        "answering": ("Answer", "Citation", "Reason", "TableRow"),
        "api": ("Assistant", "build_index", "plan_build"),
        "clauses": ("Clause", "split_clauses"),
        "errors": ("AssistantError",),
        "index": ("BuildPlan", "BuildReport"),
        "progress": ("Progress",),
        "reading": ("Document", "read_document"),
        "retrieval": ("Hit",),
        "settings": ("Settings",),
    }

    def __getattr__(name: str) -> object:
        """A public name, imported when it is first asked for: `--help`, or a call that is off, need
        not wait for what reads documents."""
        for home, names in _HOMES.items():
            if name in names:
                found = getattr(import_module(f"assistant.{home}"), name)
                globals()[name] = found
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Answer",
    "Assistant",
    "AssistantError",
    "BuildPlan",
    "BuildReport",
    "Citation",
    "Clause",
    "Document",
    "Hit",
    "Progress",
    "Reason",
    "Settings",
    "TableRow",
    "build_index",
    "plan_build",
    "read_document",
    "split_clauses",
]
