"""The command line: ``assistant build | watch | ask | inspect | status | index | evaluate | chat |
feedback | users``.

Results go to standard output, progress and errors to standard error. Exit status: 0 done, 1 it
could not be done, 2 the call was off.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from assistant.errors import AssistantError
from assistant.progress import Progress, ProgressCallback
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.page.feedback import Judgement

app = typer.Typer(
    name="assistant",
    help="Questions about policy texts, answered by the clause that says it, word for word.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
_PIPED_WIDTH = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 10_000
"""Where the output is no terminal, nothing is wrapped or cut."""
_out = Console(highlight=False, width=_PIPED_WIDTH)
_err = Console(stderr=True, highlight=False)

index_app = typer.Typer(
    help="Look after the index: list, verify, rollback, prune.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(index_app, name="index")
users_app = typer.Typer(
    help="Look after who may log in to the chat page: add, remove, list.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(users_app, name="users")

feedback_app = typer.Typer(
    help="What people think of the answers: list, to-gold.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(feedback_app, name="feedback")

DocumentsOption = Annotated[
    Path | None, typer.Option("--documents", help="Folder of the policy files.")
]
IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="The encoder: bundled, a folder, or a hub name.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show where an error arose.")]


_INTERRUPTED = 130
_BUILD = re.compile(r"assistant (?:build(?: --full)?|index prune)")


def main() -> None:
    """The console script: runs a command and turns errors into one line and an exit status."""
    debug = "--debug" in sys.argv[1:]
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    for stream in (sys.stdout, sys.stderr):
        # where the output goes to a file, Windows would take an encoding without Chinese
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")
    try:
        status = app(standalone_mode=False)
        if status == _INTERRUPTED:  # typer catches the interrupt and returns this
            _fail(_stopped(), _INTERRUPTED, debug)
    except AssistantError as error:
        _fail(_as_called(str(error)), error.exit_status, debug)
    except KeyboardInterrupt:
        _fail(_stopped(), _INTERRUPTED, debug)
    except BrokenPipeError:  # `assistant inspect … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last resort of the program
        status = getattr(error, "exit_code", None)
        if isinstance(status, int):  # a usage error of the command line, or an exit
            show = getattr(error, "format_message", None)
            if show is None:
                sys.exit(status)
            _fail(f"{show()} See: assistant --help", status, debug)
        _fail(f"Internal error: {type(error).__name__}: {error}. Run again with --debug.", 1, debug)


def _stopped() -> str:
    """What is said after Ctrl-C."""
    if "build" in sys.argv[1:2]:
        return "Stopped. What was encoded is kept; the next build goes on from there."
    return "Stopped."


def _as_called(message: str) -> str:
    """``message``, its ``assistant build`` with the folders and the model that this call named."""
    given = sys.argv[1:]
    options: list[str] = []
    at: list[str] = []
    for i, argument in enumerate(given):
        name, equals, value = argument.partition("=")
        if name in ("--documents", "--index", "--model"):
            value = value if equals else "".join(given[i + 1 : i + 2])
            options += [name, shlex.quote(value)]
            at += [name, shlex.quote(value)] if name == "--index" else []
    return _BUILD.sub(
        lambda match: " ".join((match.group(), *(at if "prune" in match.group() else options))),
        message,
    )


def _fail(message: str, status: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    _err.print(f"assistant: {message}", style="red", markup=False, soft_wrap=True)
    sys.exit(status)


def _settings(
    documents: Path | None = None, index: Path | None = None, model: str | None = None
) -> Settings:
    return Settings.load(documents=documents, index=index, model=model)


@contextmanager
def _progress() -> Iterator[ProgressCallback]:
    """A progress line on a terminal, plain lines elsewhere."""
    if not _err.is_terminal:
        yield _PlainProgress()
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=16),
        bars.TaskProgressColumn(show_speed=False),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(compact=True),
    )
    with bars.Progress(*columns, console=_err, transient=True) as bar:
        tasks: dict[str, bars.TaskID] = {}

        def report(step: Progress) -> None:
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(_STAGES[step.stage], total=step.total, rate="")
            task = bar.tasks[tasks[step.stage]]
            speed = task.speed if step.stage in _COUNTED else None
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(tasks[step.stage], completed=step.done, total=step.total, rate=rate)

        yield report


_STAGES = {
    "unpack": "Unpacking the encoder (once)",
    "quantise": "Quantising the encoder (once)",
    "load": "Loading the encoder",
    "read": "Reading documents",
    "parse": "Splitting into clauses",
    "embed": "Encoding passages",
    "write": "Writing the index",
    "ask": "Asking questions",
}
_COUNTED = ("embed", "ask")
"""Stages whose steps are worth a rate: texts, questions."""
_TOLD_EVERY = 15.0  # seconds


class _PlainProgress:
    """Says what takes long, and every now and then how far it is."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._told = 0.0

    def __call__(self, step: Progress) -> None:
        if step.stage not in ("unpack", "quantise", *_COUNTED) or step.total <= 1:
            return
        now = time.monotonic()
        counted = step.stage in _COUNTED
        if step.done == 0:
            self._begun.pop(step.stage, None)  # another build has begun
        if step.stage not in self._begun:
            # the encoder is unpacked and loaded when the first passage comes
            if step.stage == "embed" and step.done == 0:
                return
            self._begun[step.stage] = self._told = now
            unit = f" ({step.total:,})" if counted else ""
            _err.print(f"{_STAGES[step.stage]}{unit} …", markup=False)
        elif counted and now - self._told >= _TOLD_EVERY and step.done:
            self._told = now
            rate = step.done / (now - self._begun[step.stage])
            left = (step.total - step.done) / rate
            _err.print(
                f"  {step.done:,} of {step.total:,}, {rate:.0f}/s, {_duration(left)} left",
                markup=False,
            )


def _duration(seconds: float) -> str:
    """A time in words: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


@app.command()
def build(
    documents: DocumentsOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read and encode everything anew.")] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done, and do nothing.")
    ] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Bring the index up to the documents.

    What has not changed is not encoded again. Files that can't be read are listed; the others are
    built. Stopped with Ctrl-C, it goes on later from where it was.
    """
    from dataclasses import asdict

    from assistant.api import build_index, plan_build
    from assistant.terminal import print_plan, print_report

    settings = _settings(documents, index, model)
    if plan:
        planned = plan_build(settings.documents, settings.index, settings=settings)
        if as_json:
            _print_json({**asdict(planned), "up_to_date": planned.up_to_date})
        else:
            print_plan(_out, planned)
        return
    with _progress() as progress:
        report = build_index(
            settings.documents, settings.index, settings=settings, progress=progress, full=full
        )
    if as_json:
        _print_json(asdict(report))
        return
    print_report(_out, report)
    for reason in report.files_failed.values():
        _err.print(f"Not read: {reason}", style="yellow", markup=False, soft_wrap=True)


@app.command()
def watch(
    documents: DocumentsOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Keep the index up to the documents until Ctrl-C.

    A file that is saved, added, moved or deleted is in the index within seconds; what is being
    written is waited for. The chat page does the same by itself while it runs.
    """
    from assistant.index import Builder, BuildReport, LazyEncoder, Tokenizer
    from assistant.terminal import Unread, in_one_line
    from assistant.watch import Outcome, Watcher

    settings = _settings(documents, index, model)
    unread = Unread()

    def told(outcome: Outcome) -> None:
        stamp = datetime.now().strftime("%H:%M:%S")  # noqa: DTZ005 - the user's own clock
        if isinstance(outcome, BuildReport):
            _out.print(f"{stamp}  {in_one_line(outcome)}", markup=False, soft_wrap=True)
            for line in unread.news(outcome):
                _err.print(line, style="yellow", markup=False, soft_wrap=True)
        else:
            _err.print(f"{stamp}  {outcome}", style="red", markup=False, soft_wrap=True)

    tokenizer = Tokenizer(settings.cache_dir)
    encoder = LazyEncoder.of(settings)

    def build() -> BuildReport:
        with _progress() as progress:
            builder = Builder(settings, encoder, tokenizer, progress)
            return builder.build(settings.documents, settings.index)

    _out.print(f"Watching {settings.documents} (Ctrl-C ends it)", markup=False, soft_wrap=True)
    watcher = Watcher(settings.documents, build, told)
    try:
        watcher.run()
    finally:
        watcher.stop()


@index_app.command("list")
def index_list(
    index: IndexOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Show the generations that are kept, newest first."""
    from dataclasses import asdict

    from assistant.index.upkeep import generations
    from assistant.terminal import print_generations

    found = generations(_settings(None, index).index)
    if as_json:
        _print_json([asdict(one) for one in found])
    else:
        print_generations(_out, found)


@index_app.command("verify")
def index_verify(
    index: IndexOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Read every file of the index and compare it with its checksum.

    Exit status 1 where a file is damaged or missing; each is named, with what mends it.
    """
    from assistant.errors import IndexDamagedError
    from assistant.index.upkeep import verify

    folder = _settings(None, index).index
    found = verify(folder)
    if as_json:
        _print_json(
            {
                "files": found.files,
                "bytes": found.bytes,
                "findings": [
                    {"path": str(one.path), "problem": one.problem, "remedy": one.remedy}
                    for one in found.findings
                ],
            }
        )
    else:
        for one in found.findings:
            _out.print(
                f"{one.path}: {one.problem}. Run: {_as_called(one.remedy)}",
                style="yellow", markup=False, soft_wrap=True,
            )  # fmt: skip
    if found.findings:
        raise IndexDamagedError(
            f"{len(found.findings)} of the {found.files} files of {folder} are not as they should "
            "be."
        )
    if not as_json:
        size = f"{found.bytes / 1e6:,.1f} MB"
        _out.print(f"All {found.files} files of {folder} are whole ({size}).", markup=False)


@index_app.command("rollback")
def index_rollback(
    generation: Annotated[
        str | None,
        typer.Argument(help="The generation to go back to; the one before where not given."),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Go back to an older generation.

    The next build makes the index again from the documents, and so does a page that watches them:
    put the documents back as well.
    """
    from assistant.index import Tokenizer, fingerprint, rules_of
    from assistant.index.engine import engine_of
    from assistant.index.upkeep import rollback

    settings = _settings(None, index, model)
    rules = rules_of(fingerprint(settings), Tokenizer(settings.cache_dir).fingerprint)
    ident = rollback(settings.index, rules, generation, engine_of(settings))
    _out.print(f"In use is now generation {ident}.", markup=False)


@index_app.command("prune")
def index_prune(
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="How many to keep; as the settings say where not given."),
    ] = None,
    index: IndexOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Remove old generations, and those that are damaged.

    The one in use always stays; after a rollback those newer than it go, too.
    """
    from assistant.index.engine import engine_of
    from assistant.index.upkeep import prune

    settings = _settings(None, index)
    gone = prune(settings.index, keep or settings.keep_generations, engine_of(settings))
    _out.print(f"Removed: {', '.join(gone)}." if gone else "Nothing to remove.", markup=False)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in your own words.")],
    region: Annotated[
        list[str] | None, typer.Option("--region", help="Only texts of this place (repeatable).")
    ] = None,
    document: Annotated[
        list[str] | None,
        typer.Option("--document", help="Only this document: source or title (repeatable)."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Answer as of this day (YYYY-MM-DD).")
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Answer a question with quotes from the clauses.

    On a terminal each cited clause is shown in full with the quote marked; elsewhere the answer is
    plain text, whose quotes are never wrapped.
    """
    from assistant.answering import answer_data
    from assistant.api import Assistant
    from assistant.retrieval import check_question

    settings = _settings(None, index, model)
    question = check_question(question, settings.max_question_chars)  # before the encoder loads
    day = _day(as_of)
    with _progress() as progress:
        assistant = Assistant.open(settings.index, settings=settings, progress=progress)
        answer = assistant.ask(question, regions=region, documents=document, as_of=day)
    if as_json:
        _print_json(answer_data(answer))
    elif _out.is_terminal:
        from assistant.terminal import print_answer

        print_answer(_out, answer, settings.language)
    else:
        sys.stdout.write(answer.text + "\n")  # unwrapped, so that a quote can be searched for


def _day(text: str | None) -> date | None:
    from assistant.errors import UsageError

    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the calendar
    except ValueError as error:
        raise UsageError(f"--as-of {text} is no day.", "Write it like 2026-01-31.") from error


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A policy file.")],
    as_json: JsonOption = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Show the clauses of a file, and what is left out.

    Every character is accounted for: in a clause, in a heading, or left out with a reason.
    """
    from assistant.terminal import inspect_data, print_inspection

    data = inspect_data(file)
    if as_json:
        _print_json(data)
    else:
        print_inspection(_out, data)


@app.command()
def status(
    documents: DocumentsOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Show what the index holds, and if it is current."""
    from assistant.terminal import print_status, status_data

    data = status_data(_settings(documents, index, model))
    if as_json:
        _print_json(data)
    else:
        print_status(_out, data)


@app.command()
def evaluate(
    gold: Annotated[
        list[Path], typer.Argument(help="Gold files: questions, and where their answers stand.")
    ],
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only questions of this kind (repeatable).")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="Leave out this step of retrieval (repeatable)."),
    ] = None,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Show what each step of retrieval is worth.")
    ] = False,
    compare: Annotated[
        Path | None, typer.Option("--compare", help="Show what changed since this --json file.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all results to this file.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the measures to this .png or .svg.")
    ] = None,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Go on where evidence stands in no clause.")
    ] = False,
    index: IndexOption = None,
    model: ModelOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Measure retrieval and answers on gold questions.

    Recall, ranks, first citations, quotes and refusals, of all questions and of each kind, with 95
    % bootstrap intervals. What a gold file looks like: docs/evaluation.md.
    """
    from assistant.api import Assistant
    from assistant.evaluation.command import Request, run
    from assistant.index import LazyEncoder, Tokenizer
    from assistant.retrieval import Step

    settings = _settings(None, index, model)
    request = Request(
        gold=tuple(gold),
        kinds=tuple(kind or ()),
        without=tuple(without or ()),
        ablate=ablate,
        compare=compare,
        json_file=json_file,
        plot=plot,
        lenient=lenient,
    )
    steps = [step for step in Step if step is not Step.RERANKER or settings.reranker]
    with _progress() as progress:
        encoder, tokenizer = LazyEncoder.of(settings, progress), Tokenizer(settings.cache_dir)
        report = run(
            request,
            lambda without: Assistant.with_parts(
                settings.index, settings, encoder, tokenizer, frozenset(map(Step, without))
            ),
            steps,
            progress,
        )
    for line in report.warnings:
        _err.print(line, style="yellow", markup=False, soft_wrap=True)
    report.print(_out)


@feedback_app.command("list")
def feedback_list(
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV that a spreadsheet program can open.")
    ] = False,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Show what visitors of the chat page liked and disliked, newest first.

    The file is that of the setting feedback.
    """
    from assistant.errors import UsageError
    from assistant.page.feedback_report import csv_of, judgement_data, print_judgements

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other.", "Name one of them.")
    found = _judgements()
    if as_json:
        _print_json([judgement_data(one) for one in found])
    elif as_csv:
        sys.stdout.write(csv_of(found))
    else:
        print_judgements(_out, found)


@feedback_app.command("to-gold")
def feedback_to_gold(
    file: Annotated[Path, typer.Argument(help="A new gold file, of the answers that were liked.")],
    todo: Annotated[
        Path | None,
        typer.Option("--todo", help="A new file of the disliked ones, to be filled in by hand."),
    ] = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Make a gold file for assistant evaluate of what was liked.

    Likes and dislikes of the same question count together. See docs/feedback.md.
    """
    from assistant.page.feedback_report import gold_lines, write_lines

    liked, others = gold_lines(_judgements())
    write_lines(file, liked)
    _out.print(f"{file}: {len(liked)} questions that were liked", markup=False, soft_wrap=True)
    if todo is not None:
        write_lines(todo, others)
        _out.print(f"{todo}: {len(others)} to be filled in", markup=False, soft_wrap=True)
    elif others:
        _out.print(f"{len(others)} others: name a file for them with --todo", markup=False)


def _judgements() -> list[Judgement]:
    """The judgements in the file that the settings name."""
    from assistant.errors import SettingsError
    from assistant.page.feedback import Feedback

    path = Settings.load().feedback
    if path is None:
        raise SettingsError(
            "The setting feedback is off.", "Name the file: ASSISTANT_FEEDBACK=feedback.sqlite3"
        )
    return Feedback.open(path).judgements()


@app.command()
def chat(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    documents: DocumentsOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    watch: Annotated[
        bool | None,
        typer.Option(help="Follow changes in the documents folder (default: as the settings say)."),
    ] = None,
    root_path: Annotated[
        str | None,
        typer.Option(help="Where a reverse proxy shows the page: /policies, or https://host/path."),
    ] = None,
    users: Annotated[
        Path | None, typer.Option(help="File of those who may log in (assistant users add).")
    ] = None,
    let_in: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Let anybody in, also from other machines."),
    ] = None,
    editors: Annotated[
        str | None,
        typer.Option(help="Users who may change the library, separated by commas; *: everybody."),
    ] = None,
    rate_limit: Annotated[
        str | None, typer.Option(help="How often a visitor may ask: 60/minute; empty: no limit.")
    ] = None,
    queue_size: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Questions that wait at most.")
    ] = None,
    upload_limit: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="MB of the largest upload.")
    ] = None,
    mcp: Annotated[
        bool | None, typer.Option(help="Serve the tools for language models (MCP), too.")
    ] = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Open the chat page; the index is built first.

    An index that is up to date is left as it is. What is not given here is as the settings say;
    docs/serving.md tells how to serve the page to others.
    """
    from assistant.page import prepare

    settings = Settings.load(
        documents=documents,
        index=index,
        model=model,
        watch=watch,
        host=host,
        port=port,
        root_path=root_path,
        users=users,
        open=let_in,
        editors=editors,
        rate_limit=rate_limit,
        queue_size=queue_size,
        upload_limit_mb=upload_limit,
        mcp=mcp,
    )
    with _progress() as progress:
        launch = prepare(settings, progress=progress)
    launch(open_browser=browser)


UsersOption = Annotated[
    Path | None, typer.Option("--users", help="The file (default: as the settings say).")
]


@users_app.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    users: UsersOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Add a user, or change a password.

    The password is asked for twice; where there is no terminal it is the first line of what comes
    in.
    """
    from assistant.page.users import add

    path = _users_file(users)
    said = "may log in now" if add(path, name, _password()) else "has a new password"
    _out.print(f"{name} {said} ({path}).", markup=False)


@users_app.command("remove")
def users_remove(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    users: UsersOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """Remove a user; whoever is logged in is out at once."""
    from assistant.page.users import remove

    path = _users_file(users)
    remove(path, name)
    _out.print(f"{name} can no longer log in ({path}).", markup=False)


@users_app.command("list")
def users_list(
    users: UsersOption = None,
    debug: DebugOption = False,  # noqa: ARG001 - read by main()
) -> None:
    """List the users."""
    from assistant.page.users import read

    for name in sorted(read(_users_file(users))):
        _out.print(name, markup=False)


def _users_file(given: Path | None) -> Path:
    from assistant.errors import UsageError

    path = Settings.load(users=given).users
    if path is None:
        raise UsageError(
            "There is no file of users.",
            'Name it: --users FILE, or for good in assistant.toml: users = "FILE"',
        )
    return path


def _password() -> str:
    """A new password: typed twice unseen, or the first line of what is piped in."""
    import getpass

    from assistant.errors import UsageError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise UsageError("The two passwords differ.", "Type the same twice.")
    return password


__all__ = ["app", "main"]
