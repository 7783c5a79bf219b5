"""A question-answering assistant over policy texts: clauses, retrieval, cited answers.

>>> from assistant import Assistant, build_index
>>> report = build_index("documents", "index")         # doctest: +SKIP
>>> answer = Assistant.open("index").ask("杭州对独立站有什么补贴？")   # doctest: +SKIP
"""

from assistant._quiet import no_telemetry

no_telemetry()  # before anything that could report

from assistant.answering import Answer, Citation, Reason, TableRow  # noqa: E402
from assistant.api import Assistant, build_index, plan_build  # noqa: E402
from assistant.clauses import Clause, split_clauses  # noqa: E402
from assistant.errors import AssistantError  # noqa: E402
from assistant.index import BuildPlan, BuildReport  # noqa: E402
from assistant.progress import Progress  # noqa: E402
from assistant.reading import Document, read_document  # noqa: E402
from assistant.retrieval import Hit  # noqa: E402
from assistant.settings import Settings  # noqa: E402

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
