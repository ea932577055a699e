"""Answers in the odd forms that servers send, and what they are: add a row for each form that is seen.

Behind them are servers of chat completions as their users reported them: OpenAI, Azure, Gemini, GLM, Qwen,
DeepSeek, Kimi, Mistral, Ollama, vLLM, SGLang, llama.cpp, LiteLLM, OpenRouter, Groq, and proxies before them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

JSON = dict[str, Any]
Call = tuple[str, str]

OSLO = '{"city":"Oslo"}'
BERGEN = '{"city":"Bergen"}'


class Row(NamedTuple):
    """Chunks, and what they are: text, calls as name and arguments, the meaning of the finish reason, the
    reasoning, tokens in and out, and whether other choices are told of."""

    chunks: list[JSON]
    text: str = ""
    calls: tuple[Call, ...] = ()
    meaning: str | None = "stop"
    reasoning: str = ""
    tokens: tuple[int | None, int | None] = (None, None)
    are_several: bool = False


def delta(_id: Any = "c1", finish_reason: Any = None, _index: Any = 0, **part: Any) -> JSON:
    choice = {"index": _index, "delta": part} | ({"finish_reason": finish_reason} if finish_reason else {})
    return {"choices": [choice]} | ({} if _id is None else {"id": _id})


def call(arguments: Any = None, **more: Any) -> JSON:
    """A chunk with a piece of one tool call; ``name`` goes where the wire has it."""
    return delta(tool_calls=[piece(arguments, **more)])


def piece(arguments: Any = None, **more: Any) -> JSON:
    function = {"name": more.pop("name")} if "name" in more else {}
    if arguments is not None:
        function["arguments"] = arguments
    return {**more, "function": function}


def whole(_reason: Any = "stop", **message: Any) -> JSON:
    return {"id": "c1", "choices": [{"index": 0, "message": message, "finish_reason": _reason}]}


def counted(prompt: Any, completion: Any, total: Any = None, **more: Any) -> JSON:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    return {**{name: count for name, count in counts.items() if count is not None}, **more}


END = delta(finish_reason="stop")
CALLED = delta(finish_reason="tool_calls")
HEL, LO = delta(content="Hel"), delta(content="lo")
WEATHER: tuple[Call, ...] = (("weather", OSLO),)

_IDS = {
    "an id for each chunk": ["x.1", "x.2", "x.3"],
    "an empty id, then the real one": ["", "c1", "c1"],
    "an empty id at the end": ["c1", "c1", ""],
    "no id at all": [None, None, None],
    "no id, then one": [None, "c1", "c1"],
    "an id, then none": ["c1", None, None],
    "an id that is a number": [7, 8, 9],
    "an id that is a list": [["c1"], ["c1"], ["c1"]],
    "another id once": ["c1", "c2", "c1"],
    "another id with the reason": ["c1", "c1", "c2"],
}
_INDEXES = {
    "no index": [None, None, None],
    "an index that is text": ["0", "0", "0"],
    "index 1 alone": [1, 1, 1],
    "the role at index 0, the text at index 1": [0, 1, 1],
    "the reason at another index": [0, 0, 1],
    "an index, then none": [0, None, None],
    "an index that is a float": [0.0, 0.0, 0.0],
    "an index that is true": [True, True, True],
}
_DECORATIONS: dict[str, JSON] = {
    "the role with each chunk": {"role": "assistant"},
    "an empty role": {"role": ""},
    "a role of null": {"role": None},
    "another word for the role": {"role": "model"},
    "null for what is not there": {"tool_calls": None, "refusal": None, "function_call": None, "audio": None},
    "empty lists for what is not there": {"tool_calls": [], "annotations": [], "images": []},
    "empty objects for what is not there": {"function_call": {}, "audio": {}},
    "empty texts for what is not there": {"reasoning_content": "", "refusal": "", "reasoning": ""},
    "calls of a type that nobody knows": {"tool_calls": "none"},
    "members that nobody knows": {"stop_sequence": None, "provider": {"x": 1}, "n": 3},
}
_REASONS = {
    "stop": ("stop", "end_turn", "STOP", "eos", "stop_sequence", "COMPLETE", "completed", "eos_token"),
    "length": (
        "length",
        "max_tokens",
        "MAX_TOKENS",
        "model_length",
        "max_output_tokens",
        "model_context_window_exceeded",
    ),
    "content_filter": (
        "content_filter",
        "sensitive",
        "PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "SAFETY",
        "refusal",
        "RECITATION",
        "IMAGE_SAFETY",
        "guardrail_intervened",
        "LANGUAGE",
    ),
    "other": (
        "error",
        "insufficient_system_resource",
        "MALFORMED_FUNCTION_CALL",
        "FINISH_REASON_UNSPECIFIED",
    ),
    "unknown": ("brand_new", "abort"),
}
_REASONING: dict[str, list[JSON]] = {
    "reasoning_content": [{"reasoning_content": "Hm, "}, {"reasoning_content": "so."}],
    "reasoning, text": [{"reasoning": "Hm, "}, {"reasoning": "so."}],
    "reasoning, an object": [{"reasoning": {"type": "text", "text": "Hm, so."}}],
    "reasoning, a summary": [{"reasoning": {"summary": "Hm, so."}}],
    "reasoning, a list": [{"reasoning": [{"type": "text", "text": "Hm, "}, {"type": "text", "text": "so."}]}],
    "reasoning_details": [
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm, ", "index": 0}]},
        {"reasoning_details": [{"type": "reasoning.text", "text": "so.", "index": 0}]},
    ],
    "reasoning_details beside the same in short": [
        {"reasoning": "Hm, so.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm, so."}]},
    ],
    "reasoning_details without words beside words": [
        {"reasoning": "Hm, so.", "reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAAA"}]},
    ],
    "reasoning_text": [{"reasoning_text": "Hm, "}, {"reasoning_text": "so."}],
    "thinking": [{"thinking": "Hm, "}, {"thinking": "so."}],
    "thinking_blocks": [
        {"thinking_blocks": [{"type": "thinking", "thinking": "Hm, "}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "so.", "signature": "s"}]},
    ],
    "two names for the same": [
        {"reasoning": "Hm, ", "reasoning_content": "Hm, "},
        {"reasoning": "so.", "reasoning_content": "so."},
    ],
    "parts of the content": [
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm, "}]}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "so."}]}]},
    ],
    "a mark in the text": [{"content": "<think>Hm, so.</think>\n\n"}],
    "a mark in pieces": [
        {"content": "<thi"},
        {"content": "nk>\nHm, s"},
        {"content": "o.\n</th"},
        {"content": "ink>\n"},
    ],
    "a mark letter by letter": [{"content": letter} for letter in "<think>Hm, so.</think>"],
    "a mark after white space": [{"content": "\n\n"}, {"content": "<think>Hm, so.</think>"}],
    "another mark": [{"content": "<thought>Hm, so.</thought>"}],
    "a third mark": [{"content": "<thinking>"}, {"content": "Hm, so."}, {"content": "</thinking>"}],
}
_AS_IT_IS = {
    "a mark that is never closed": "<think>Hm, so. Hello",
    "a mark that is closed otherwise": "<think>Hm, so.</thinking>Hello",
    "a mark in the middle": "Hello <think>Hm.</think> you",
    "the end of a mark alone": "Hm, so.</think>Hello",
    "the beginning of a mark alone": "<thin",
    "white space alone": " \n ",
    "another element": "<thin>Hello</thin>",
    "a mark in code": "`<think>`Hello</think>",
}
_CALLS: dict[str, tuple[list[JSON], tuple[Call, ...]]] = {
    "in one piece": ([call(OSLO, index=0, id="t1", name="weather")], WEATHER),
    "in pieces": (
        [call("", index=0, id="t1", name="weather"), call('{"ci', index=0), call('ty":"Oslo"}', index=0)],
        WEATHER,
    ),
    "in pieces without an index": ([call('{"ci', id="t1", name="weather"), call('ty":"Oslo"}')], WEATHER),
    "in pieces with nothing but arguments": ([call('{"ci', name="weather"), call('ty":"Oslo"}')], WEATHER),
    "with an index that is text": (
        [call('{"ci', index="0", id="t1", name="weather"), call('ty":"Oslo"}', index="0")],
        WEATHER,
    ),
    "at a large index": ([call(OSLO, index=900_000, id="t1", name="weather")], WEATHER),
    "with an id that is a number": (
        [call('{"ci', index=0, id=5, name="weather"), call('ty":"Oslo"}', index=0, id=5)],
        WEATHER,
    ),
    "without an id": ([call(OSLO, index=0, name="weather")], WEATHER),
    "with an empty id after the first piece": (
        [call('{"ci', index=0, id="t1", name="weather"), call('ty":"Oslo"}', index=0, id="", name="")],
        WEATHER,
    ),
    "with null after the first piece": (
        [call('{"ci', index=0, id="t1", name="weather"), call('ty":"Oslo"}', index=0, id=None, name=None)],
        WEATHER,
    ),
    "an id for each piece": (
        [
            call('{"ci', index=0, id="a", name="weather"),
            call('ty":', index=0, id="b"),
            call('"Oslo"}', index=0, id="c"),
        ],
        WEATHER,
    ),
    "an id for each piece, no index": (
        [call('{"ci', id="a", name="weather"), call('ty":"Oslo"}', id="b")],
        WEATHER,
    ),
    "an id for each piece, the name again": (
        [call('{"ci', index=0, id="a", name="weather"), call('ty":"Oslo"}', index=0, id="b", name="weather")],
        WEATHER,
    ),
    "the name again with each piece": (
        [call('{"ci', index=0, id="a", name="weather"), call('ty":"Oslo"}', index=0, name="weather")],
        WEATHER,
    ),
    "the name in pieces": (
        [call(index=0, id="a", name="wea"), call(index=0, name="ther"), call(OSLO, index=0)],
        WEATHER,
    ),
    "the name as far as it has come": (
        [call(index=0, id="a", name="wea"), call(index=0, name="weather"), call(OSLO, index=0)],
        WEATHER,
    ),
    "the name after the first arguments": (
        [call('{"ci', index=0, id="a"), call('ty":"Oslo"}', index=0, name="weather")],
        WEATHER,
    ),
    "{} first": ([call("{}", index=0, id="t1", name="weather"), call(OSLO, index=0)], WEATHER),
    "{} first, then pieces": (
        [
            call("{}", index=0, id="t1", name="weather"),
            call('{"ci', index=0),
            call('ty":"Oslo"}', index=0),
        ],
        WEATHER,
    ),
    "{} first, the name again": (
        [call("{}", index=0, id="t1", name="weather"), call(OSLO, index=0, id="t1", name="weather")],
        WEATHER,
    ),
    "{} and nothing more": ([call("{}", index=0, id="t1", name="now")], (("now", "{}"),)),
    "null first": ([call(index=0, id="t1", name="weather"), call(OSLO, index=0)], WEATHER),
    "no arguments": ([call(index=0, id="t1", name="now")], (("now", ""),)),
    "the text so far in each piece": (
        [call('{"ci', index=0, id="t1", name="weather"), call('{"city":', index=0), call(OSLO, index=0)],
        WEATHER,
    ),
    "the whole call again": (
        [call(OSLO, index=0, id="t1", name="weather"), call(OSLO, index=0, id="t1", name="weather")],
        WEATHER,
    ),
    "the whole call again without an id": (
        [call(OSLO, index=0, name="weather"), call(OSLO, index=0, name="weather")],
        WEATHER,
    ),
    "the whole call after its pieces": (
        [
            call('{"ci', index=0, id="t1", name="weather"),
            call('ty":"Oslo"}', index=0),
            call(OSLO, index=0, id="t1", name="weather"),
        ],
        WEATHER,
    ),
    "a whole object in place of another": (
        [call('{"city":""}', index=0, id="t1", name="weather"), call(OSLO, index=0)],
        WEATHER,
    ),
    "white space around": ([call(f"\n{OSLO} ", index=0, id="t1", name="weather")], (("weather", OSLO),)),
    "an object in an object is no repetition": (
        [call('{"a":', index=0, id="t1", name="nest"), call('{"a":1}', index=0), call("}", index=0)],
        (("nest", '{"a":{"a":1}}'),),
    ),
    "two at index 0": (
        [call(OSLO, index=0, id="a", name="weather"), call("{}", index=0, id="b", name="now")],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two of one function at index 0": (
        [call(OSLO, index=0, id="a", name="weather"), call(BERGEN, index=0, id="b", name="weather")],
        (("weather", OSLO), ("weather", BERGEN)),
    ),
    "two at index 0 without ids": (
        [call(OSLO, index=0, name="weather"), call(BERGEN, index=0, name="weather")],
        (("weather", OSLO), ("weather", BERGEN)),
    ),
    "two in chunks of their own, without index and id": (
        [call(OSLO, name="weather"), call("{}", name="now")],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two in one chunk": (
        [
            delta(
                tool_calls=[
                    piece(OSLO, index=0, id="a", name="weather"),
                    piece("{}", index=1, id="b", name="now"),
                ]
            )
        ],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two in one chunk without index and id": (
        [delta(tool_calls=[piece(OSLO, name="weather"), piece("{}", name="now")])],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two in one chunk with the same index": (
        [
            delta(
                tool_calls=[
                    piece(OSLO, index=0, id="a", name="weather"),
                    piece("{}", index=0, id="b", name="now"),
                ]
            )
        ],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two in turns": (
        [
            call('{"ci', index=0, id="a", name="weather"),
            call("{", index=1, id="b", name="now"),
            call('ty":"Oslo"}', index=0),
            call("}", index=1),
        ],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two in turns, by id alone": (
        [
            call('{"ci', id="a", name="weather"),
            call("{", id="b", name="now"),
            call('ty":"Oslo"}', id="a"),
            call("}", id="b"),
        ],
        (("weather", OSLO), ("now", "{}")),
    ),
    "two, the second index first": (
        [call(OSLO, index=1, id="a", name="weather"), call("{}", index=0, id="b", name="now")],
        (("weather", OSLO), ("now", "{}")),
    ),
    "arguments that are an object": (
        [call({"city": "Oslo"}, index=0, id="t", name="weather")],
        (("weather", '{"city": "Oslo"}'),),
    ),
    "one call in place of a list": (
        [delta(tool_calls=piece(OSLO, index=0, id="t1", name="weather"))],
        WEATHER,
    ),
    "the older form": (
        [
            delta(function_call={"name": "weather", "arguments": '{"ci'}),
            delta(function_call={"arguments": 'ty":"Oslo"}'}),
        ],
        WEATHER,
    ),
    "a custom tool": (
        [
            delta(
                tool_calls=[
                    {"index": 0, "id": "t", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
                ]
            )
        ],
        (("sql", "SELECT 1"),),
    ),
}

ROWS: dict[str, Row] = {
    "plain": Row([HEL, LO, END], "Hello"),
    "no role": Row([delta(content="Hello"), END], "Hello"),
    "content in parts": Row([delta(content=[{"type": "text", "text": "Hello"}]), END], "Hello"),
    "content in an object": Row([delta(content={"type": "text", "text": "Hello"}), END], "Hello"),
    "content in parts of bare text": Row([delta(content=["Hel", "lo"]), END], "Hello"),
    "parts that are no text between": Row(
        [delta(content=[{"type": "text", "text": "Hel"}, {"type": "image_url"}, None, "lo"]), END], "Hello"
    ),
    "the reason beside the last text": Row([HEL, delta("c1", "stop", content="lo")], "Hello"),
    "text after the reason": Row([delta("c1", "stop", content="Hel"), LO], "Hello"),
    "the reason twice": Row([HEL, LO, END, END], "Hello"),
    "the reason with each chunk": Row(
        [delta("c1", "stop", content="Hel"), delta("c1", "stop", content="lo")], "Hello"
    ),
    "a chunk without choices first": Row(
        [{"id": "", "choices": [], "prompt_filter_results": [{}]}, HEL, LO, END], "Hello"
    ),
    "a chunk whose choices are null": Row([{"id": "c1", "choices": None}, HEL, LO, END], "Hello"),
    "a choice without a delta": Row(
        [HEL, {"id": "c1", "choices": [{"index": 0, "content_filter_results": {}}]}, LO, END], "Hello"
    ),
    "a delta of null": Row(
        [HEL, LO, {"choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]}], "Hello"
    ),
    "a choice of null": Row([HEL, {"choices": [None]}, LO, END], "Hello"),
    "a whole completion": Row([whole(role="assistant", content="Hello")], "Hello"),
    "a whole completion after its pieces": Row([HEL, LO, whole(role="assistant", content="Hello")], "Hello"),
    "a delta and an empty message": Row(
        [{"choices": [{"index": 0, "delta": {"content": "Hello"}, "message": {}}]}, END], "Hello"
    ),
    "an empty delta and a message": Row(
        [{"choices": [{"index": 0, "delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}]}],
        "Hello",
    ),
    "bare text, as older servers write it": Row(
        [{"choices": [{"index": 0, "text": "Hel"}]}, {"choices": [{"text": "lo", "finish_reason": "stop"}]}],
        "Hello",
    ),
    "halves of a character": Row([delta(content="Hi \ud83d"), delta(content="\ude00"), END], "Hi \U0001f600"),
    "an empty answer": Row([delta(role="assistant", content=""), END], ""),
    "nothing but a reason": Row([END], ""),
    "a refusal": Row([delta(refusal="I can't "), delta(refusal="help."), END], "I can't help."),
    "a refusal beside null content": Row(
        [delta(role="assistant", content=None, refusal="I can't "), delta(refusal="help."), END],
        "I can't help.",
    ),
    "a refusal after some text": Row([delta(content="Well. "), delta(refusal="No."), END], "Well. No."),
    "a whole refusal": Row([whole(role="assistant", content=None, refusal="No.")], "No."),
    "a refusal that was filtered": Row(
        [delta(refusal="No."), delta(finish_reason="content_filter")], "No.", meaning="content_filter"
    ),
    "a refusal in parts": Row([delta(refusal=[{"type": "text", "text": "No."}]), END], "No."),
    "an audio with its words": Row(
        [
            delta(role="assistant", content=None, audio={"id": "a1", "transcript": "Hel"}),
            delta(audio={"transcript": "lo"}),
            delta(audio={"data": "UklGRg=="}),
            delta(audio={"data": "AAAA", "expires_at": 1}),
            END,
        ],
        "Hello",
    ),
    "a whole audio": Row(
        [whole(content=None, audio={"id": "a1", "transcript": "Hello", "data": "UklG"})], "Hello"
    ),
    "text beside an image": Row(
        [delta(content="Hello", images=[{"type": "image_url", "image_url": {"url": "data:,"}}]), END], "Hello"
    ),
    "an image alone": Row(
        [delta(content="", images=[{"type": "image_url", "image_url": {"url": "data:,"}}]), END]
    ),
    "two choices in turns": Row(
        [HEL, delta(content="Hi", _index=1), LO, END, delta(finish_reason="length", _index=1)],
        "Hello",
        are_several=True,
    ),
    "two choices, the second goes on": Row(
        [HEL, delta(content="Hi", _index=1), LO, END, delta(content="!", _index=1)], "Hello", are_several=True
    ),
    "two choices with roles first": Row(
        [
            delta(role="assistant"),
            delta(role="assistant", _index=1),
            HEL,
            delta(content="Hi", _index=1),
            LO,
            delta(finish_reason="stop", _index=1),
            END,
        ],
        "Hello",
        are_several=True,
    ),
    "two choices in each chunk": Row(
        [
            {"choices": [{"index": 0, "delta": {"content": text}}, {"index": 1, "delta": {"content": "x"}}]}
            for text in ("Hel", "lo")
        ]
        + [END],
        "Hello",
        are_several=True,
    ),
    "two choices, the second first": Row(
        [
            {
                "choices": [
                    {"index": 1, "message": {"content": "Hi"}, "finish_reason": "stop"},
                    {"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"},
                ]
            }
        ],
        "Hello",
        are_several=True,
    ),
    "two choices that call": Row(
        [
            call(OSLO, index=0, id="a", name="weather"),
            delta(_index=1, tool_calls=[piece(BERGEN, index=0, id="b", name="weather")]),
            CALLED,
        ],
        calls=WEATHER,
        meaning="tool_calls",
        are_several=True,
    ),
    "usage in a chunk of its own": Row(
        [HEL, LO, END, {"id": "c1", "choices": [], "usage": counted(9, 2, 11)}], "Hello", tokens=(9, 2)
    ),
    "usage beside the reason": Row([HEL, LO, END | {"usage": counted(9, 2, 11)}], "Hello", tokens=(9, 2)),
    "usage that counts up": Row(
        [HEL | {"usage": counted(9, 1)}, LO | {"usage": counted(9, 2)}, END | {"usage": counted(9, 2)}],
        "Hello",
        tokens=(9, 2),
    ),
    "usage of null until the end": Row(
        [HEL | {"usage": None}, LO | {"usage": None}, END | {"usage": counted(9, 2)}], "Hello", tokens=(9, 2)
    ),
    "usage of zeros after the counts": Row(
        [HEL, LO | {"usage": counted(9, 2, 11)}, END | {"usage": counted(0, 0, 0)}], "Hello", tokens=(9, 2)
    ),
    "usage of zeros before the counts": Row(
        [HEL | {"usage": counted(0, 0, 0)}, LO, END | {"usage": counted(9, 2, 11)}], "Hello", tokens=(9, 2)
    ),
    "usage in two parts": Row(
        [HEL | {"usage": counted(9, None)}, LO, END | {"usage": counted(None, 2)}], "Hello", tokens=(9, 2)
    ),
    "usage with a total of zero": Row([HEL, LO, END | {"usage": counted(9, 2, 0)}], "Hello", tokens=(9, 2)),
    "usage in the choice": Row(
        [HEL, LO, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": counted(9, 2)}]}],
        "Hello",
        tokens=(9, 2),
    ),
    "usage beside other things": Row(
        [HEL, LO, END | {"x_groq": {"usage": counted(9, 2)}}], "Hello", tokens=(9, 2)
    ),
    "usage under other names": Row(
        [HEL, LO, END | {"usage": {"input_tokens": 9, "output_tokens": 2}}], "Hello", tokens=(9, 2)
    ),
    "usage in floats": Row([HEL, LO, END | {"usage": counted(9.0, 2.0)}], "Hello", tokens=(9, 2)),
    "usage in texts": Row([HEL, LO, END | {"usage": counted("9", "2")}], "Hello", tokens=(9, 2)),
    "usage that is a list": Row([HEL, LO, END | {"usage": [9, 2]}], "Hello"),
    "usage with each id": Row(
        [
            delta("x.1", content="Hel") | {"usage": counted(9, 1)},
            delta("x.2", "stop", content="lo") | {"usage": counted(9, 2)},
        ],
        "Hello",
        tokens=(9, 2),
    ),
    "no reason at all": Row([HEL, LO], "Hello", meaning=None),
    "a reason of null in text": Row([delta("c1", "null", content="Hel"), LO, END], "Hello"),
    "a reason that is an object": Row(
        [HEL, LO, delta(finish_reason={"type": "length"})], "Hello", meaning="length"
    ),
    "a reason under another name": Row(
        [HEL, LO, {"choices": [{"index": 0, "delta": {}, "finish_details": {"type": "stop"}}]}], "Hello"
    ),
    "a reason that is a number": Row([HEL, LO, delta(finish_reason=1)], "Hello", meaning=None),
    "a call and STOP": Row(
        [call(OSLO, index=0, id="a", name="weather"), delta(finish_reason="STOP")],
        calls=WEATHER,
        meaning="tool_calls",
    ),
    "text, then a call": Row(
        [HEL, LO, call(OSLO, index=0, id="a", name="weather"), CALLED], "Hello", WEATHER, "tool_calls"
    ),
    "a call, then text": Row(
        [call(OSLO, index=0, id="a", name="weather"), HEL, LO, CALLED], "Hello", WEATHER, "tool_calls"
    ),
    "a whole completion that calls": Row(
        [
            whole(
                "tool_calls", content=None, tool_calls=[piece(OSLO, id="a", type="function", name="weather")]
            )
        ],
        calls=WEATHER,
        meaning="tool_calls",
    ),
    **{
        name: Row([delta(ids[0], content="Hel"), delta(ids[1], content="lo"), delta(ids[2], "stop")], "Hello")
        for name, ids in _IDS.items()
    },
    **{
        name: Row(
            [
                delta(_index=at[0], role="assistant"),
                delta(_index=at[1], content="Hello"),
                delta(_index=at[2], finish_reason="stop"),
            ],
            "Hello",
        )
        for name, at in _INDEXES.items()
    },
    **{
        name: Row([delta(content="Hel", **more), delta(content="lo", **more), END], "Hello")
        for name, more in _DECORATIONS.items()
    },
    **{
        f"the reason {word}": Row(
            [delta(content="Hello"), delta(finish_reason=word)], "Hello", meaning=meaning
        )
        for meaning, words in _REASONS.items()
        for word in words
    },
    **{
        f"reasoning: {name}": Row(
            [delta(**part) for part in parts] + [HEL, LO, END], "Hello", reasoning="Hm, so."
        )
        for name, parts in _REASONING.items()
    },
    **{name: Row([delta(content=text), END], text) for name, text in _AS_IT_IS.items()},
    **{
        f"{name}, letter by letter": Row([delta(content=c) for c in text] + [END], text)
        for name, text in _AS_IT_IS.items()
    },
    **{
        f"a call {name}": Row([*chunks, CALLED], calls=calls, meaning="tool_calls")
        for name, (chunks, calls) in _CALLS.items()
    },
}
