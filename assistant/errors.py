"""The tree of errors.

    AssistantError
    ├── UsageError              the call itself is off (exit status 2)
    │   ├── QuestionError       an empty or an overlong question
    │   ├── SettingsError       a setting that is unknown or out of range
    │   └── DoorError           a call from another program with an argument that can't be used
    ├── ReadingError            a file that can't be read as a policy text
    │   ├── NoDocumentsError
    │   ├── UnsupportedFormatError
    │   ├── NotTextError
    │   ├── EmptyFileError
    │   ├── DamagedFileError    a docx or pdf whose insides can't be read
    │   ├── ProtectedFileError  a file that asks for a password
    │   ├── NoTextLayerError    a scanned pdf: pictures of text
    │   ├── TooLargeError       a file, or what it unpacks to, above the limit
    │   └── SidecarError        the NAME.toml beside a file
    ├── ModelError              the encoder can't be had
    │   ├── ModelMissingError
    │   └── ModelBrokenError
    ├── IndexStateError             the index on disk can't serve
    │   ├── IndexMissingError
    │   ├── IndexFormatError    older or newer than this program
    │   ├── IndexMismatchError  made with another encoder or other rules
    │   ├── IndexDamagedError
    │   ├── IndexBusyError      another build holds the lock
    │   └── IndexAwayError      the server that holds its vectors does not serve
    ├── ClauseNotFoundError     no clause, or several, under that address or id
    ├── GoldError               a line of a gold file that can't be used
    ├── ResultsError            the results of an evaluation can't be read, or not written
    ├── ExtraMissingError       a command needs packages that are not installed by default
    ├── FeedbackError           what people think of an answer can't be kept or read
    ├── ServerError             the page can't be served (a port in use)
    ├── UsersError              the file of users can't be used, or not changed so
    └── VerificationError       an answer failed its own check: a bug, never shown as an answer

What goes in is the fact and the remedy; what comes out is one line that gives both. Errors of
other libraries are wrapped (``raise … from error``). Only ``cli.py`` and ``ui.py`` turn these
into an exit status.
"""

from __future__ import annotations


class AssistantError(Exception):
    """Root of every failure that a user can cause or meet.

    ``message`` says what was wrong and where, ``remedy`` what to do next (may be empty).
    ``str(error)`` joins the two into one line.
    """

    exit_status = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class UsageError(AssistantError):
    """The call itself is off; nothing was tried."""

    exit_status = 2


class QuestionError(UsageError):
    """The question is empty, or longer than the settings allow."""


class SettingsError(UsageError):
    """A setting is unknown, malformed or out of range."""


class DoorError(UsageError):
    """An argument of a call from another program can't be used, or the caller may not do this
    (``forbidden``)."""

    def __init__(self, message: str, remedy: str = "", *, forbidden: bool = False) -> None:
        self.forbidden = forbidden
        super().__init__(message, remedy)


class ReadingError(AssistantError):
    """A file can't be read as a policy text."""


class NoDocumentsError(ReadingError):
    """The documents folder is missing, or nothing in it can be read."""


class UnsupportedFormatError(ReadingError):
    """No reader for this kind of file."""


class NotTextError(ReadingError):
    """The bytes are no text in any encoding that policy files come in."""


class EmptyFileError(ReadingError):
    """The file holds no text at all."""


class DamagedFileError(ReadingError):
    """A file is not what its ending says, or its insides are broken."""


class ProtectedFileError(ReadingError):
    """A file is encrypted and asks for a password."""


class NoTextLayerError(ReadingError):
    """A file holds pictures of pages and no text."""


class TooLargeError(ReadingError):
    """A file, or what it unpacks to, is larger than any policy text."""


class SidecarError(ReadingError):
    """The file beside a document that corrects what is read from it can't be used."""


class ModelError(AssistantError):
    """The encoder can't be had."""


class ModelMissingError(ModelError):
    """The model named in the settings is not on this machine and can't be fetched."""


class ModelBrokenError(ModelError):
    """The model's files are there but can't be loaded."""


class IndexStateError(AssistantError):
    """The index on disk can't serve."""


class IndexMissingError(IndexStateError):
    """There is no index in the folder."""


class IndexFormatError(IndexStateError):
    """The index was written by an older or a newer program."""


class IndexMismatchError(IndexStateError):
    """The index was made with another encoder, tokenizer or other clause rules."""


class IndexDamagedError(IndexStateError):
    """A file of the index is missing or is not what the manifest says."""

    def __init__(self, message: str, remedy: str = "Rebuild it: assistant build --full") -> None:
        super().__init__(message, remedy)


class IndexBusyError(IndexStateError):
    """Another build holds the lock of the index."""


class IndexAwayError(IndexStateError):
    """The server that holds the vectors and the words of an index does not answer, or refuses."""


class ClauseNotFoundError(AssistantError):
    """No clause, or more than one, answers to that address or id."""


class GoldError(AssistantError):
    """A line of a gold file can't be used."""


class ResultsError(AssistantError):
    """The results of an evaluation can't be read, or not written."""


class ExtraMissingError(AssistantError):
    """A command needs packages that are not installed by default."""


class FeedbackError(AssistantError):
    """A judgement of an answer can't be kept or read; the answer itself is not touched."""


class ServerError(AssistantError):
    """The page can't be served."""


class UsersError(AssistantError):
    """The file of users can't be read or written, or a name or password can't be taken."""


class VerificationError(AssistantError):
    """An answer failed the check that it makes of itself before it leaves."""
