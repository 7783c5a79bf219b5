"""Starts the chat page: ``python ui.py --host 127.0.0.1 --port 7860``.

The same as ``assistant chat --no-browser``; a missing index is built first.
"""

import sys

from assistant.cli import main

if __name__ == "__main__":
    sys.argv[1:] = ["chat", "--no-browser", *sys.argv[1:]]
    main()
