"""``%langtail local --engine URL`` in a real kernel: who answered, and who could not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import kernel as start_kernel
from tests.literal import ANSWER, TEXT, literal, response, stream

ENGINE_KEY = "sk-engine-4711-abcdef"


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Any]:
    env = {"LANGTAIL_NB_HOME": str(tmp_path / "kept"), "OPENAI_API_KEY": ENGINE_KEY}
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        yield kernel


async def test_a_cell_is_answered_by_the_engine_and_says_by_which_model(kernel: Any) -> None:
    async with literal([stream(*ANSWER)]) as other:
        started = await asyncio.to_thread(kernel.run, f"%langtail local --engine {other.url}/v1#tiny")
        assert started.status == "ok", started.errors
        ran = await asyncio.to_thread(kernel.run, "%%langtail\nWhich tram?")

    assert ran.text == TEXT
    assert "gpt-x, standing in for gpt-4o-mini" in str(ran.outputs)
    assert b'"model":"tiny"' in other.requests[0].body
    assert other.requests[0].headers["authorization"] == f"Bearer {ENGINE_KEY}"
    assert ENGINE_KEY not in str(started.outputs) + str(ran.outputs)


async def test_a_model_that_the_engine_lacks_is_one_line_in_the_cell(kernel: Any) -> None:
    refusal = b'{"error":{"message":"model \'gpt-4o-mini\' not found"}}'
    async with literal([response(refusal, "404 Not Found")]) as other:
        await asyncio.to_thread(kernel.run, f"%langtail local --engine {other.url}")
        (error,) = (await asyncio.to_thread(kernel.run, "%%langtail\nHi")).errors

    assert f"--engine {other.url}/v1#MODEL" in error


async def test_a_url_that_cannot_be_read_is_one_line(kernel: Any) -> None:
    (error,) = (await asyncio.to_thread(kernel.run, "%langtail local --engine https://a:b@host")).errors

    assert "OPENAI_API_KEY" in error
    assert "\n" not in error
