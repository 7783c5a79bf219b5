"""How often somebody may do something."""

from __future__ import annotations

import math
import time

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Rate:
    """A limit for each of many: ``10/second;1000/day``; an empty one limits nobody."""

    def __init__(self, rate: str) -> None:
        self._items = parse_many(rate) if rate.strip() else []
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, who: str) -> int:
        """Counts one; 0, or the seconds until ``who`` may again, and then it does not count."""
        wait = self.wait(who)
        if not wait:
            for item in self._items:
                self._window.hit(item, who)
        return wait

    def wait(self, who: str) -> int:
        """The seconds until ``who`` may again; 0 for at once."""
        full = [item for item in self._items if not self._window.test(item, who)]
        resets = (self._window.get_window_stats(item, who).reset_time for item in full)
        return max((max(1, math.ceil(reset - time.time())) for reset in resets), default=0)
