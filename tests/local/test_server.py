from servers import Server, events, streamed_text


def test_an_answer_streams_in_pieces_of_four_characters(server: Server) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": "hello"}]}
    with (
        server.http() as client,
        client.stream("POST", "/acme/support/plain/production", json=body) as response,
    ):
        lines = list(response.iter_lines())

    chunks = events(lines)
    assert [c["choices"][0]["delta"] for c in chunks[1:4]] == [
        {"content": "user"},
        {"content": ": he"},
        {"content": "llo"},
    ]
    assert streamed_text(chunks) == "user: hello"
    assert lines[-2:] == ["data: [DONE]", ""]
