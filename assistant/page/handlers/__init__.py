"""What happens on the page.

In: what a visitor typed or clicked, and what the session keeps. Out: for each part that changes its
new value. The handlers hold nothing of a visitor.
"""

from assistant.page.handlers.desk import Desk
from assistant.page.handlers.frame import Frame
from assistant.page.handlers.limiting import Limiting
from assistant.page.handlers.look import Look
from assistant.page.handlers.talk import Talk

__all__ = ["Desk", "Frame", "Limiting", "Look", "Talk"]
