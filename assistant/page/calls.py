"""The doors by name, for what calls them with a JSON object: one-step HTTP, and MCP.

In: a door's name and its arguments. Out: what the door gives back. Few calls run at once, and not
many wait.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from gradio.utils import get_function_description
from pydantic import TypeAdapter

from assistant.errors import DoorError
from assistant.page.doors import Doors
from assistant.page.visitor import Visitor

_AT_ONCE = 2


class BusyError(DoorError):
    """As many calls wait as may."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a door: what it is for, its type as a JSON schema, and whether it must be
    given."""

    name: str
    says: str
    schema: Mapping[str, Any]
    required: bool


@dataclass(frozen=True, slots=True)
class Door:
    """A door: its name, what it does and gives back, whether it leaves everything as it is, and
    its parameters."""

    name: str
    title: str
    says: str
    reads: bool
    parameters: tuple[Parameter, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the object that it is called with."""
        return {
            "type": "object",
            "properties": {
                one.name: {**one.schema, "description": one.says} for one in self.parameters
            },
            "required": [one.name for one in self.parameters if one.required],
            "additionalProperties": False,
        }


_TITLES = {
    "ask": "Ask the policies",
    "retrieve": "Find clauses",
    "clause": "Look up a clause",
    "documents": "List the documents",
    "rebuild": "Rebuild the index",
}


class Calls:
    """Calls the doors of a page, some at once and at most ``waiting`` in wait."""

    def __init__(self, doors: Doors, waiting: int) -> None:
        self._doors = doors
        self._waiting = waiting
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)
        self.doors = tuple(_door(name) for name in _TITLES)

    async def call(self, name: str, given: Any, visitor: Visitor) -> Any:
        """Calls a door. Raises :class:`AssistantError`."""
        door = next((one for one in self.doors if one.name == name), None)
        if door is None:
            raise DoorError(f"{name[:40]}: there is no such tool.")
        if not isinstance(given, dict):
            raise DoorError("The arguments: a JSON object is expected.")
        known = [one.name for one in door.parameters]
        if strange := [key for key in given if key not in known]:
            takes = f"It takes {', '.join(known)}." if known else "It takes none."
            raise DoorError(f"{strange[0][:40]}: {name} has no such parameter.", takes)
        if missing := [p.name for p in door.parameters if p.required and p.name not in given]:
            raise DoorError(f"{missing[0]}: it is missing.")
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise BusyError("Too many calls are waiting.", "Try again a little later.")
        call = functools.partial(getattr(self._doors, name), **given)
        if name == "rebuild":
            call = functools.partial(call, visitor)
        return await anyio.to_thread.run_sync(call, limiter=self._limiter)


def _door(name: str) -> Door:
    """What the docstring and the signature of a door say."""
    made = getattr(Doors, name)
    says, described, returns = get_function_description(made)
    parameters = [
        Parameter(
            one.name,
            described.get(one.name, ""),
            TypeAdapter(one.annotation).json_schema(),
            one.default is inspect.Parameter.empty,
        )
        for one in inspect.signature(made, eval_str=True).parameters.values()
        if one.name not in ("self", "visitor")
    ]
    says = f"{says} Returns: {' '.join(returns)}"
    return Door(name, _TITLES[name], says, name != "rebuild", tuple(parameters))
