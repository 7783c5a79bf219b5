"""Who is in front of the page, or calls from a program.

In: a request, Starlette's or Gradio's. Out: a :class:`Visitor`, which the gate (``gate.py``) found
out and left in the request; it goes with the request through Gradio's queue.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

_KEY = "assistant.visitor"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``name`` is that of the user who has logged in, ``""`` where nobody has to;
    ``address`` that of the machine, ``""`` if unknown; ``may_edit`` whether the visitor may change
    the library: upload, delete, rebuild."""

    name: str
    address: str
    may_edit: bool


STRANGER = Visitor("", "", may_edit=False)
"""Whoever comes past the gate: in a page that is not served by it."""


def visitor_of(request: Any) -> Visitor:
    """The visitor behind a Starlette ``Request`` or a ``gr.Request``; :data:`STRANGER` where the
    gate has not seen it."""
    inner = getattr(request, "request", None) or request  # gr.Request wraps Starlette's
    scope = getattr(inner, "scope", None)
    found = scope.get(_KEY) if isinstance(scope, MutableMapping) else None
    return found if isinstance(found, Visitor) else STRANGER


def set_visitor(scope: MutableMapping[str, Any], visitor: Visitor) -> None:
    """Leaves the visitor in the scope of a request."""
    scope[_KEY] = visitor
