"""The option line: what is read, evaluated and written. Pure, but for IPython's own transformer."""

import ast
import base64
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.options import OPTIONS, Options
from langtail_nb._line.reading import parse, split_cell
from langtail_nb._line.scanner import Expr, tokens
from langtail_nb._line.typed_line import Variable
from langtail_nb._line.values import evaluate
from langtail_nb._line.writing import write, write_cell
from langtail_nb._types.deployed import DEPLOYED, is_deployed
from langtail_nb._types.fields import FIELDS, SWEPT
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def read(line, body=None, /, where="cell", folder=None, **namespace):
    return evaluate(parse(line, body, where=where), namespace, folder=folder)


# Tokens


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("  a \t b ", ["a", "b"]),
        ("it's fine", ["it's", "fine"]),
        ('"two words" x', ["two words", "x"]),
        ("'it's here' x", ["it's here", "x"]),
        ("C:\\dir\\new", ["C:\\dir\\new"]),
        ("[1, 2] (a b)", ["[1, 2]", "(a b)"]),
        ('a"b"', ['a"b"']),
        ("smile:-) )", ["smile:-)", ")"]),
        ('""', [""]),
    ],
)
def test_white_space_splits_outside_quotes_and_brackets(line, expected):
    assert tokens(line) == expected


@pytest.mark.parametrize("line", ["'open", "\"open it's", "(a b", "-v a='x", "-v a:=f(1", "-v a:='x"])
def test_what_is_never_closed_is_named(line):
    with pytest.raises(ConfigurationError, match="is never closed"):
        read(line)


# Variables


@pytest.mark.parametrize(
    ("typed", "variable"),
    [
        ("topic=returns", Variable("topic", "text", "returns")),
        ("topic=", Variable("topic", "text", "")),
        ("topic=a=b:=c", Variable("topic", "text", "a=b:=c")),
        ('topic="two words"', Variable("topic", "text", "two words")),
        ("topic=it's", Variable("topic", "text", "it's")),
        ('"topic=two words"', Variable("topic", "text", "two words")),
        ("topic=:=x", Variable("topic", "text", ":=x")),
        ("n:=1+1", Variable("n", "expr", "1+1")),
        ("n:=f(a, 'b c)')", Variable("n", "expr", "f(a, 'b c)')")),
        ("n:='a b'", Variable("n", "expr", "'a b'")),
        ("n:=f'{x} y'", Variable("n", "expr", "f'{x} y'")),
        ("n:='''it's'''", Variable("n", "expr", "'''it's'''")),
        ("n:='it\\'s x'", Variable("n", "expr", "'it\\'s x'")),
        ("doc=@notes.txt", Variable("doc", "file", "notes.txt")),
        ('doc=@"my notes.txt"', Variable("doc", "file", "my notes.txt")),
        ('handle="@ada"', Variable("handle", "text", "@ada")),
        ("topic", Variable("topic", "name", "")),
        ("we-ird.name=1", Variable("we-ird.name", "text", "1")),
    ],
)
def test_a_variable_splits_at_the_first_separator(typed, variable):
    assert parse(f"-v {typed} --json").given["variables"] == [variable]


def test_a_variable_that_is_no_text_goes_as_json():
    call = read("-v a:=[1,{'b':None}] -v b:=x -v c", x=0, c="kept")

    assert call.variables == {"a": '[1, {"b": null}]', "b": "0", "c": "kept"}


def test_a_reply_counts_as_its_text():
    class Reply:
        text = "the answer"
        finish_reason = "stop"

    assert read("-v a:=r -v r", r=Reply()).variables == {"a": "the answer", "r": "the answer"}


def test_a_number_out_of_a_table_is_a_number():
    numpy = pytest.importorskip("numpy")
    call = read("--max-tokens :=n -t :=x -v n", n=numpy.int64(3), x=numpy.float32(0.5))

    assert (call.parameters, call.variables) == ({"max_tokens": 3, "temperature": 0.5}, {"n": "3"})


def test_single_variables_win_over_the_dict():
    assert read("-v a=1 --vars d", d={"a": 2, "b": 3}).variables == {"a": "1", "b": "3"}


def test_a_file_is_read_from_the_folder_given(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"\xef\xbb\xbfl\xc3\xa4uft\r\n")

    assert read("-v doc=@notes.txt", folder=tmp_path).variables == {"doc": "läuft\r\n"}


# Options


def test_the_target_may_stand_anywhere():
    for line in ("acme/s -t 1 --json", "-t 1 acme/s --json", "-t 1 --json acme/s"):
        assert read(line).target == "acme/s"


def test_an_option_takes_the_next_token_whatever_it_looks_like():
    call = read("--presence-penalty -1 --stop --- --stop -t --thread --json")

    assert call.parameters == {"presence_penalty": -1, "stop": ["---", "-t"]}
    assert (call.thread, call.json) == ("--json", False)


def test_every_field_that_has_an_option_is_read_by_each_spelling():
    values = {
        "number": ("0.5", 0.5), "integer": ("7", 7), "text": ("x", "x"), "texts": ("x", ["x"]),
        "object": ("{'a':1}", {"a": 1}), "messages": ("[]", []), "tool_choice": ("auto", "auto"),
        "flag": ("", True),
    }  # fmt: skip
    for field in FIELDS.values():
        typed, value = values.get(field.kind, (field.choices and field.choices[0],) * 2)
        typed, value = (":={'a':1}", {"a": 1}) if field.name == "metadata" else (typed, value)
        for spelled in field.options:
            assert read(f"{spelled} {typed}").parameters == {field.name: value}


@pytest.mark.parametrize("option", [o for o in OPTIONS.values() if o.reads == "nothing" and not o.field])
def test_a_flag_takes_no_value(option):
    for spelled in option.spellings:
        call = read(f"{spelled} target")
        assert (getattr(call, option.name), call.target) == (True, "target")


def test_the_word_deployed_asks_for_what_is_deployed():
    line = "-t deployed -m deployed --stop deployed --metadata deployed --template deployed"

    assert set(read(f"{line} --field tools=deployed").parameters.values()) == {DEPLOYED}
    assert read('--user "deployed"').parameters == {"user": "deployed"}


def test_any_value_may_be_an_expression():
    call = read("-t :=x -m :=m --stop :=['\\n','b'] --timeout :=2*x --thread :=m", x=0.5, m="gpt 5")

    assert call.parameters == {"temperature": 0.5, "model": "gpt 5", "stop": ["\n", "b"]}
    assert (call.timeout, call.thread) == (1.0, "gpt 5")


def test_quotes_make_text_of_anything():
    assert read('--stop ":=x"').parameters == {"stop": [":=x"]}


def test_a_field_of_the_table_is_checked_wherever_it_is_named():
    call = read(
        "--field tools:=[] --field parallelToolCalls=false --field temperature=0.5 --field cache:={'k':1}"
    )

    assert call.parameters == {"tools": [], "parallel_tool_calls": False, "temperature": 0.5}
    assert call.extra == {"cache": {"k": 1}}


def test_settings_take_their_own_options_and_no_target():
    call = read("--rerun append -t 1 -v a=b --timeout 4", where="set")

    assert (call.rerun, call.timeout, call.parameters, call.variables) == (
        "append",
        4.0,
        {"temperature": 1},
        {"a": "b"},
    )
    for line in ("-o x", "acme/s"):
        with pytest.raises(ConfigurationError):
            read(line, where="set")


# The cell


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("temperature 0.5", "--temperature 0.5"),
        ("temperature=0.5", "--temperature 0.5"),
        ("max_tokens 90", "--max-tokens 90"),
        ("max-tokens", "--max-tokens VALUE"),
    ],
)
def test_a_setting_without_its_dashes_is_told_how_it_is_written(line, right):
    with pytest.raises(ConfigurationError, match=f"write {right}$"):
        parse(line, where="set")


def test_a_trailing_backslash_continues_the_options():
    line, body = split_cell("-t 0.2 \\", "  -v a=b \\  \n --json\nHello \\\n{{x}} \\\n")

    assert line.split() == ["-t", "0.2", "-v", "a=b", "--json"]
    assert body == "Hello \\\n{{x}} \\"


def test_the_body_loses_only_the_newline_that_ipython_adds():
    assert split_cell("", " a\n\n") == ("", " a\n")
    assert split_cell("", "a") == ("", "a")
    assert split_cell("x \\", "") == ("x ", "")


@pytest.mark.parametrize("body", ["", "  \n", "\n\n"])
def test_a_blank_body_sends_no_message(body):
    assert read("", body).content() is None


def test_images_follow_the_text_of_the_message(tmp_path):
    (tmp_path / "one pixel.jpg").write_bytes(PNG)
    call = read(
        '--image "one pixel.jpg" --image https://example.org/a.png --image :=data', "What is this?\n",
        folder=tmp_path, data=PNG,
    )  # fmt: skip
    inline = {
        "type": "image_url",
        "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"},
    }

    assert call.content() == [
        {"type": "text", "text": "What is this?"},
        inline,
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        inline,
    ]


def test_pictures_and_figures_go_as_png():
    image = pytest.importorskip("PIL.Image").new("CMYK", (2, 2))
    call = read("--image :=[image,image]", image=image)

    assert len(call.images) == 2
    assert call.images[0]["image_url"]["url"].startswith("data:image/png;base64,")


# Wrong input: one line that begins with what was typed


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--temp 0.5", "unknown option '--temp' (did you mean --temperature or --template?)"),
        ('-v delivery = "two weeks"', 'no spaces around =: write -v delivery="two weeks"'),
        ('-v delivery= "two weeks"', 'no spaces around =: write -v delivery="two weeks"'),
        ("-v days := 3", "no spaces around :=: write -v days:=3"),
        ("\u2014temperature 0.5", "begins with another dash; write two hyphens: --temperature"),
        ("\u2013t 0.5", "begins with another dash; write a hyphen: -t"),
        (
            "--temprature 1",
            "unknown option '--temprature' (did you mean --temperature",
        ),
        ("--sweeps temperature=1,2", "unknown option '--sweeps' (did you mean --sweep?)"),
        ("--temp 1", "unknown option '--temp'"),
        ("--temperature=1", "write --temperature 1"),
        ("-t1", "write -t 1"),
        ("-t warm", "-t must be a number from 0 to 2, not 'warm'"),
        ("-t 3", "-t must be from 0 to 2, not 3"),
        ("-t nan", "-t must be a number"),
        ("--max-tokens 0", "--max-tokens must be at least 1"),
        ("--max-tokens 1.5", "--max-tokens must be a whole number"),
        ("--temperature", "--temperature needs a value: --temperature F"),
        ("-t 1 -t 2", "-t is given twice"),
        ("-v a=1 -v a=2", "-v a is given twice"),
        ("-v", "-v needs a value: -v NAME=TEXT"),
        ("-v =x", "-v names nothing"),
        ("-v two-words", "-v two-words has no value"),
        ("-v topik", "-v topik: the kernel has no variable 'topik' (did you mean 'topic'?)"),
        ("-v a:=topik", "-v a:=topik: NameError: name 'topik' is not defined (did you mean 'topic'?)"),
        ("-v a:=1/0", "-v a:=1/0: ZeroDivisionError: division by zero"),
        ("-v a:=)", "-v a:=): SyntaxError"),
        ("-v a:=object()", "-v a: an object cannot be sent as JSON"),
        ("-v a:=", "-v a has nothing after :="),
        ("-v a=@nowhere.txt", "-v a=@nowhere.txt: no file 'nowhere.txt'"),
        ("-v a=@.", "-v a=@.: cannot read '.'"),
        ("-v a=@latin.txt", "-v a=@latin.txt: the file is not UTF-8 text (byte 1)"),
        ("--vars 3", "--vars must be a dict, not int"),
        ("--image nowhere.png", "--image: no file 'nowhere.png'"),
        ("--image latin.txt", "--image: latin.txt is no PNG, JPEG, GIF or WebP image"),
        ("--image ftp://x/y.png", "must be an http, https or data:image address"),
        (
            "--image :=3",
            "an image must be a path, a URL, bytes, a PIL image or a matplotlib figure, not int",
        ),
        ("--metadata " + "k" * 65 + "=1", "--metadata key"),
        ("--metadata a:=None", "--metadata 'a' must be text or a number"),
        ("--tool-choice sometimes", "--tool-choice must be auto, required or none"),
        ("--tool-choice :={'a':1}", "--tool-choice as a dict must read"),
        ("--response-format 3", "--response-format must be a dict"),
        ("--template :=[{'role':'sytem','content':''}]", "--template[0] has role 'sytem'"),
        ("--messages 3", "--messages must be a list of messages"),
        ("--field stream:=True", "--field cannot set stream; use --no-stream"),
        ("--field a", "--field a has no value"),
        ("--field temperature=hot", "--field temperature must be a number from 0 to 2"),
        ("--show jsn", "--show must be markdown, text or json, not 'jsn' (did you mean 'json'?)"),
        ("-o 3x", "-o must be a Python name, not '3x'"),
        ("--timeout 0", "--timeout must be a number of seconds above 0"),
        ("--thread a --new-thread", "--thread and --new-thread exclude each other"),
        ("--rerun fork", "--rerun works in %langtail set only"),
        ("-v a=two words here", "two targets, 'words' and 'here'; a value with spaces needs quotes"),
        ("--stop a --stop deployed", "--stop deployed stands alone"),
        ("-", "unknown option '-'"),
    ],
)
def test_wrong_input_is_named_in_one_line(line, message, tmp_path):
    (tmp_path / "latin.txt").write_bytes("läuft".encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        read(line, folder=tmp_path, topic="returns")

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_beyond_the_limit_is_refused_by_its_size(tmp_path):
    with (tmp_path / "big.bin").open("wb") as file:
        file.truncate(25_000_000)

    with pytest.raises(ConfigurationError, match=r"--image: big.bin has 25.0 MB; at most 20.0 MB"):
        read("--image big.bin", folder=tmp_path)


def test_an_interrupt_inside_an_expression_stays_an_interrupt():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read("-v a:=stop()", stop=stop)


def test_evaluating_leaves_the_namespace_alone():
    namespace = {"a": [1]}
    evaluate(parse("-v b:=[a:=2]"), namespace)

    assert namespace == {"a": [1]}


@pytest.mark.parametrize(
    ("line", "target", "temperature"),
    [
        ("# the second try", None, None),
        ("#", None, None),
        ("a/b/c/d # -t 2", "a/b/c/d", None),
        ("-t 0.2 #colder", None, "0.2"),
        ('"#1/staging"', "#1/staging", None),
    ],
)
def test_a_remark_may_follow_a_line(line, target, temperature):
    read = parse(line)

    assert (read.target, read.given.get("temperature")) == (target, temperature and [temperature])


@pytest.mark.parametrize("line", ["--stop #", "-m #x", "-v note=#x", '-v "note=a # b"', "-v n:=[1,#]"])
def test_a_value_may_hold_a_hash(line):
    assert parse(line).given
    assert parse(line).target is None


@pytest.mark.parametrize("line", [";", "support;", "a/b/c/d;", "a/b/c/d ;"])
def test_a_semicolon_at_the_end_is_told_what_hides_an_answer(line):
    with pytest.raises(ConfigurationError, match=r";.* means nothing .*; -q shows nothing"):
        Target.parse(parse(line).target)


# Writing is the inverse of reading

NASTY = st.sampled_from([
    "", " ", "'", '"', "it's", "'it's'", '"a" b', '\'a\' "b"', "\\", "ends in \\", "\\\\", "a\nb", "\n",
    "\r\n", "\t", ":=", ":=x", "=", "a=b", "a:=b", "--", "--json", "-t", "-1", "---", "@file", "@",
    "deployed", "{", "}", "{{x}}", "(", ")", "[a b", "a b]", "$HOME", "{x}", "what?", "??", "%time",
    "!ls", "#", "é", "\u2028", "\x85", "\xa0", "\u200b", "😀", "\x00", "None", "1", "True", "a\\\nb",
    " lead", "trail ", "x" * 130, ">>> a", "text\n  >>> a", "In [1]: a", "... a",
])  # fmt: skip
TEXT = st.one_of(
    NASTY,
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    st.builds("{}{}".format, NASTY, NASTY),
)
SLUG = st.text(
    st.characters(exclude_categories=("Cs", "Z", "C"), exclude_characters="/@;\"'`“”‘’«»"),
    min_size=1,
    max_size=8,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MESSAGE = st.fixed_dictionaries({"role": st.sampled_from(["user", "system"]), "content": TEXT})
PART = st.sampled_from([
    {"type": "image_url", "image_url": {"url": "https://example.org/it's (1).png?q=a b"}},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    {"type": "image_url", "image_url": {"url": "x", "detail": "low"}},
    {"type": "text", "text": "more"},
])  # fmt: skip
VALUES = {
    "temperature": st.floats(0, 2), "top_p": st.floats(0, 1),
    "max_tokens": st.integers(1, 10**6) | st.just(-1),
    "presence_penalty": st.floats(-2, 2), "frequency_penalty": st.floats(-2, 2), "model": TEXT.filter(bool),
    "seed": st.integers(), "stop": st.lists(TEXT.filter(bool), max_size=4),
    "reasoning_effort": st.sampled_from(FIELDS["reasoning_effort"].choices),
    "max_thinking_tokens": st.integers(0, 10**5),
    "tool_choice": st.sampled_from(FIELDS["tool_choice"].choices)
    | st.builds(lambda name: {"type": "function", "function": {"name": name}}, TEXT),
    "tools": st.just([]), "parallel_tool_calls": st.booleans(),
    "response_format": st.dictionaries(TEXT, JSON, max_size=2),
    "template": st.lists(MESSAGE, max_size=2), "user": TEXT.filter(bool),
    "metadata": st.dictionaries(TEXT.filter(lambda t: len(t) <= 64), TEXT | st.integers(), max_size=3),
    "do_not_record": st.booleans(),
}  # fmt: skip
REQUESTS = st.builds(
    lambda target, message, parameters, **rest: Request("/".join(target), message, **rest, **parameters),
    st.lists(SLUG, min_size=4, max_size=4) | st.lists(SLUG, min_size=2, max_size=2),
    st.none() | TEXT | st.lists(PART, min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional=VALUES),
    variables=st.dictionaries(TEXT.filter(bool), TEXT, max_size=4),
    messages=st.lists(MESSAGE, max_size=2),
    thread_id=st.none() | TEXT.filter(bool),
    extra=st.dictionaries(st.sampled_from(["prompt_cache_key", "x", "we ird", "a=b"]), JSON, max_size=2),
)  # fmt: skip


# How fast an example runs on a shared machine proves nothing.
unhurried = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_request(call):
    return Request(
        call.target, call.content(), variables=call.variables, messages=call.messages, thread_id=call.thread,
        extra=call.extra, **call.parameters,
    )  # fmt: skip


def as_ipython_hands_it_over(cell):
    """Return line and body (None for a line magic) that a magic gets for a cell's text."""
    call = ast.parse(TransformerManager().transform_cell(cell)).body[0].value
    return [ast.literal_eval(argument) for argument in call.args][1:]


@unhurried
@given(REQUESTS)
def test_a_written_line_reads_back_as_the_same_request(request_):
    call = Options.of(request_, show="json", out="x", quiet=True, timeout=2.5)
    written = write(call, width=None)
    line = parse(written)
    line.body = call.body
    again = evaluate(line, {})

    assert written.isprintable()
    assert again == call
    assert as_request(again).body(stream=True) == request_.body(stream=True)


@unhurried
@given(REQUESTS)
def test_a_written_cell_survives_ipython(request_):
    cell = write_cell(request_)
    line, *body = as_ipython_hands_it_over(cell)
    if not body:
        assert line.startswith("run")
        line = line.removeprefix("run").lstrip()
    again = as_request(read(line, *body))

    assert again.body(stream=True) == request_.body(stream=True)
    assert again.target == request_.target


@pytest.mark.parametrize("name", ["\0", "a\0b", "\u200b", "a\x7f", "\ud800"])
def test_a_name_that_cannot_be_seen_is_written_as_python_writes_it(name):
    request_ = Request("a/b/c/d", variables={name: "x"}, extra={name: 1}, metadata={name: "y"})
    cell = write_cell(request_)

    assert cell.isprintable()
    (line,) = as_ipython_hands_it_over(cell)
    assert as_request(read(line.removeprefix("run"))) == request_


@given(
    st.dictionaries(TEXT.filter(bool), st.none() | TEXT, max_size=3), st.sets(st.sampled_from(sorted(FIELDS)))
)
def test_what_takes_back_a_setting_can_be_written_too(variables, names):
    call = Options(variables=variables, parameters=dict.fromkeys(names, DEPLOYED))

    assert evaluate(parse(write(call)), {}) == call


@given(
    st.dictionaries(
        st.sampled_from(SWEPT),
        st.lists(st.one_of(TEXT, st.integers(), st.floats(allow_nan=False), st.just(DEPLOYED)), min_size=1),
        max_size=3,
    ),
    st.none() | TEXT | st.just(True) | st.lists(st.fixed_dictionaries({"content": TEXT}), max_size=2),
)
def test_a_written_sweep_reads_back_as_the_same(values, prefix):
    sweep = {name: _with_the_word(name, some) for name, some in values.items()}
    call = Options(sweep=sweep, prefix=prefix, repeats=3, unit="who", budget="2 USD", cache="only")

    again = evaluate(parse(write(call)), {})

    assert {name: _with_the_word(name, some) for name, some in again.sweep.items()} == sweep
    assert replace(again, sweep=sweep) == call


def _with_the_word(name, values):
    """The word means what is deployed, wherever it is not a text that may be one."""
    return ["deployed" if is_deployed(name, one) else one for one in values]


@pytest.mark.parametrize(
    ("sweep", "line"),
    [
        ({"temperature": [DEPLOYED, 0.2, 1]}, "--sweep temperature=deployed,0.2,1"),
        ({"model": ["a b", "c"]}, '--sweep model="a b,c"'),
        ({"stop": ["a,b"]}, "--sweep stop:=['a,b']"),
        ({"version": ["3", "4"]}, "--sweep version=3,4"),
        ({"template": {"short": "Be brief."}}, "--sweep template:={'short': 'Be brief.'}"),
    ],
)
def test_a_sweep_is_written_as_a_person_would(sweep, line):
    assert write(Options(sweep=sweep)) == line


def test_a_score_keeps_its_name_and_its_text():
    line = "--score right:=(lambda answer, row: row['x'] in answer) --score len --score 'a==b'"
    call = evaluate(parse(line), {})

    assert [(one.name, one.text) for one in call.score] == [
        ("right", "(lambda answer, row: row['x'] in answer)"),
        ("", "len"),
        ("", "'a==b'"),
    ]
    assert call.score[1].value is len
    assert evaluate(parse(write(call)), {}) == call


def test_a_prefix_may_stand_without_a_name():
    assert evaluate(parse("--prefix --rows [1]"), {}).prefix is True
    assert evaluate(parse("--prefix demo"), {}).prefix == "demo"
    assert evaluate(parse("--prefix :=[1]"), {}).prefix == [1]
    assert evaluate(parse('--prefix "-x"'), {}).prefix == "-x"


def test_a_long_line_continues_in_the_next():
    line = write(Request("acme/support/triage/staging", variables={f"name{n}": "x" * 30 for n in range(5)}))

    first, *others = line.split("\n")
    assert first.endswith(" \\")
    assert all(len(part) <= 110 for part in [first, *others])
    assert parse("", None) is not None
    assert len(read(first, "\n".join(others) + "\nHello\n").variables) == 5


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Request("a/b/c/staging", temperature=0.2), "a/b/c/staging -t 0.2"),
        (
            Request("c/staging", variables={"topic": "late parcels"}),
            'project-prompt/c/staging -v topic="late parcels"',
        ),
        (Request("c/staging", variables={"who": "it's"}), "project-prompt/c/staging -v who=it's"),
        (Request("c/staging", variables={"q": "why?"}), 'project-prompt/c/staging -v q="why?"'),
        (Request("c/staging", stop=["\n", "END"]), "project-prompt/c/staging --stop :='\\n' --stop END"),
        (
            Request("c/staging", do_not_record=True, metadata={"run": 7}),
            "project-prompt/c/staging --metadata run:=7 --do-not-record",
        ),
        (Request("c/staging", tools=[]), "project-prompt/c/staging --field tools:=[]"),
        (Request("a/b/c/back\\", seed=1), '"a/b/c/back\\" --seed 1'),
        (Request("a/b/c/what?"), '"a/b/c/what?"'),
    ],
)
def test_a_line_is_written_as_a_person_would(request_, line):
    assert write(request_) == line


def test_an_expression_is_kept_verbatim():
    assert parse("-t :=a['b'] --vars {'x': \"y\"}").given["vars_expr"] == [Expr("{'x': \"y\"}")]
