"""What turning a model's text into Markdown costs: microseconds for each KB, at three lengths.

Run: ``python benchmarks/markdown.py``. A frame of a live answer is painted at most every 6,000 µs for
each KB, so that is the budget. The hostile texts are made of one repeated mark; the slowest is shown.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from langtail_nb._text.markdown import to_markdown

PROSE = "The quick brown fox jumps over the lazy dog, and then it sleeps for a while in the sun.\n\n"
ANSWER = """## Returns

A parcel costs **$5 to $10**, see [the page](https://example.com/returns) or `parcel --help`:

1. Print the label
   - on paper
2. Weigh it, $m < 2$ kg

| weight | price |
|---|---|
| 1 kg | $5 |

```python
if weight <= 2:
    print("small")
```

"""
MARKS = ["[", "![", "`a ``b ```c ", "$a ", "*", "_", "\\[", "\\(", "<", "&lt;", "[a](b", "[a](http://b)"]
MARKS += ["> ", "- ", "  - a\n", "```a\n", "| a |\n|--|\n", "\\begin{align}", "http://a)", "@@0@@", "\n"]
MARKS += ["    a\n", '{"a":', "x"]


def median_us(run: Callable[[], object], times: int = 5) -> float:
    """Return the median processor time of a call, in microseconds."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        run()
        taken.append((time.process_time() - start) * 1e6)
    return statistics.median(taken)


def per_kb(piece: str, length: int, times: int = 5) -> float:
    """Return microseconds for each 1,000 characters of a text of that length made of one piece."""
    text = (piece * (length // len(piece) + 1))[:length]
    return median_us(lambda: to_markdown(text), times) / (length / 1_000)


def main() -> None:
    """Print the figures."""
    for length in (4_000, 40_000, 400_000):
        slowest, mark = max((per_kb(mark, length, 1), mark) for mark in MARKS)
        figures = f"{per_kb(PROSE, length):6.0f} prose {per_kb(ANSWER, length):6.0f} a rich answer"
        print(f"{length:>8,} characters, µs/KB: {figures} {slowest:6.0f} the slowest mark ({mark!r})")


if __name__ == "__main__":
    main()
