"""The table of ``%langtail`` commands; help, completion and the commands themselves are held against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Command(NamedTuple):
    """One form of ``%langtail``: what follows the name, as usage, and what it does.

    Attributes:
        help: What it does, in a line.
        words: What Tab offers after it.
        more: What its words mean, in sentences, as Markdown, where ``help`` does not say it.
    """

    name: str
    usage: str
    help: str
    words: tuple[str, ...] = ()
    more: str = ""


_COMMAND_TABLE: Final = (
    Command(
        "run", "[TARGET] [options]", "a call without a message of its own",
        more="It takes the options of a cell's line.",
    ),
    Command(
        "use", "TARGET", "make this the current target",
        more="TARGET is workspace/project/assistant/environment, and @version may follow. Of the current "
        "one, `translator` changes the assistant, `/production` the environment, `@4` the version.",
    ),
    Command(
        "set", "[options]", "set parameters and variables for the calls that follow",
        more="It takes those options of a cell's line that are about more than one call; alone it shows what "
        "is set.",
    ),
    Command(
        "unset", "NAME...", "go back to what is deployed for these",
        more="NAME is a parameter, such as `temperature` or `template`, a variable, `timeout`, `rerun` or "
        "`no-thread`.",
    ),
    Command("reset", "", "drop every override and variable of the current assistant"),
    Command(
        "login", "", "ask for the API key and keep it in the keyring, or for this kernel",
        more="It is typed unseen, kept for the base URL that is current, and goes to no other.",
    ),
    Command(
        "local", "[stop] [--project FOLDER] [--engine E] [--tools]",
        "a local server with a real model; no key needed",
        ("stop", "--project", "--engine", "--tools"),
        "`stop` ends it and goes back to what was current before. --project serves the assistants of a "
        "folder (default: a sample). --engine is `smollm2` (default), `echo`, or the URL of an "
        "OpenAI-compatible server; `#MODEL` after it asks for that model. --tools runs the functions of the "
        "folder's `tools.py`.",
    ),
    Command("panel", "[TARGET]", "a panel of sliders, variables and template on the same settings"),
    Command(
        "tool", "[NAME TEXT|:=EXPR]", "give a waiting tool call its result; the answer follows here",
        more="Alone it lists the calls that wait. The last result that is waited for sends them all.",
    ),
    Command("edit", "", "insert a cell that holds the template, to change it"),
    Command("cell", "", "insert a cell that repeats the last call"),
    Command("show", "", "the deployed configuration of the current target"),
    Command("variables", "", "the variables of the current assistant, with their defaults"),
    Command("deployments", "", "what is deployed and visible to the key"),
    Command("last", "", "the newest reply of this kernel"),
    Command(
        "runs", "[N] [--failed] [--this-kernel] [WORDS]",
        "earlier calls of the assistant: what each sent, took and answered",
        ("prune", "--failed", "--this-kernel"),
        "The newest N (default: 20) that hold each of WORDS; --failed shows only those without a whole "
        "answer, --this-kernel only those of this kernel.",
    ),
    Command(
        "runs prune", "[DAYS]", "remove the kept calls that are older than that, of all assistants",
        more="Without DAYS, LANGTAIL_NB_KEEP_DAYS says how many; where neither does, nothing is removed.",
    ),
    Command(
        "diff", "[A B] | --template [A B]",
        "how two answers differ, or with --template two deployments or files",
        ("--template",),
        "A and B are numbers of %langtail runs (default: the last two answers). With --template each is a "
        "target or part of one (`/staging`, `@3`), a file, `deployed`, or `here`: deployed with what is set "
        "here (default: `deployed here`).",
    ),
    Command(
        "budget", "[TEXT]", 'cap this kernel, such as "200 calls"; alone: spent and left',
        ("off",),
        'TEXT is calls, money or time: `"200 calls"`, `"2 USD"`, `"30 min"`. With `"up to"` before it '
        "a run that may cost more begins, and ends there. `off` lifts the cap. Calls and money count from "
        "the kernel's start, time from here.",
    ),
    Command(
        "save", "[SLUG[@ENVIRONMENT]] [-v NAME] [--to FILE]",
        "write what is set here, with -v a variable as its default, into its file",
        ("-v", "--to"),
        "The file is the current assistant's, or SLUG's, in the folder of %langtail local --project. --to "
        "names another one; of an assistant of Langtail's it gives a link to the playground, too.",
    ),
    Command("curl", "", "the last call as a curl command, without the key"),
    Command("open", "", "a link to the assistant in Langtail, or to the page of the local server"),
    Command(
        "replay", "[auto|record|only|off] [--speed N] [--no-rows]",
        "record calls, or play what is recorded; alone: what was played",
        ("auto", "record", "only", "off", "--speed", "--no-rows"),
        "`auto` plays what is recorded, and sends and records the rest; `record` sends and records "
        "everything; `only` plays and sends nothing; `off` (default) sends and records nothing. "
        "`--speed 1` plays streams as they came, `2` twice as fast, `0` (default) at once. --no-rows keeps "
        "values of variables and messages of rows out of the files.",
    ),
    Command(
        "replay vary", "[NAME...]", "leave variables, such as today's date, out of what is compared",
        more="Alone it lists them.",
    ),
    Command(
        "replay prune", "[--yes]", "show the recordings that nothing uses; --yes: remove them", ("--yes",)
    ),
    Command(
        "replay refresh", "[TARGET]", "send and record anew for the rest of this kernel",
        more="Calls of TARGET, or all.",
    ),
    Command("replay check", "", "which recorded deployments are no longer as they were; sends no call"),
    Command("replay diff", "", "what of the recordings differs from git's HEAD, word by word"),
    Command("thread", "[NAME|NUMBER]", "show the current thread, or go on with another in the next call"),
    Command(
        "thread list", "[--all]", "the threads and their branches; --all: named ones of earlier kernels, too",
        ("--all",),
    ),
    Command(
        "thread resume", "NAME", "go on with the stored thread of this name",
        more="An id does as well, such as lt.runs() has, also that of a thread made elsewhere.",
    ),
    Command("thread rename", "NAME", "give the current thread a name"),
    Command(
        "thread history", "[NAME] [--full]", "the turns of the current thread, or of another", ("--full",),
        "--full cuts no text."
    ),
    Command(
        "thread fork", "[N]", "continue from before turn N in a new thread",
        more="Without N, from before the last turn.",
    ),
    Command(
        "thread export", "FILE", "write the current thread to a file",
        more="FILE ends in `.json`, or for text in `.md` or `.txt`; one that is there is not written over.",
    ),
    Command("thread delete", "NAME", "delete a thread on the server", more="It is gone here, too."),
    Command("help", "[COMMAND]", "these commands, or all about one of them"),
)  # fmt: skip

COMMANDS: Final[Mapping[str, Command]] = {command.name: command for command in _COMMAND_TABLE}
"""Every sub-command of ``%langtail``, in the order of help; ``thread`` ones by both words."""
