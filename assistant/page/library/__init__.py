"""The library tab: what the library holds, a picture of it, and how its documents are changed.

What needs Gradio (:mod:`.tab`) or FastAPI (:mod:`.uploads`) is imported from its own module.
"""

from assistant.page.library.library import Library
from assistant.page.library.overview import FailedFile, LeftOutCount, Listed, Overview, State

__all__ = ["FailedFile", "LeftOutCount", "Library", "Listed", "Overview", "State"]
