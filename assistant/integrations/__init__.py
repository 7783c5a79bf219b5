"""Retrievers for other programs' chains, over an open :class:`~assistant.api.Assistant`.

:mod:`.langchain` (extra ``langchain``) and :mod:`.llama_index` (extra ``llamaindex``) each hold a
``PolicyRetriever``; importing one without its extra raises
:class:`~assistant.errors.ExtraMissingError`. See ``docs/integrations.md``.
"""

from __future__ import annotations
