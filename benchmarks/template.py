"""How long a template takes to parse and render, by its length: the last column should not grow.

python benchmarks/template.py
"""

import time

from langtail_nb.template import render

PIECES = {
    "text and names": "Dear {{name}}, you wrote on {{day}}:\n",
    "blocks": "{{#if name}}\nDear {{name}}\n{{else}}\nHello\n{{/if}}\n",
    "helpers": '{{#if (and (eq name "Ada") (gt day 3))}}x{{/if}} {{toJSON list}}\n',
    "loops": "{{#each list}}{{@index}}: {{this}}\n{{/each}}",
}
VARIABLES = {"name": "Ada", "day": "7", "list": '["a","b","c"]'}


def main() -> None:
    render("{{name}}", VARIABLES)
    print(f"{'template':<16} {'KB':>7} {'ms':>9} {'µs/KB':>9}")
    for name, piece in PIECES.items():
        for kilobytes in (1, 10, 100, 1000):
            text = piece * (kilobytes * 1000 // len(piece))
            seconds = min(_timed(text) for _ in range(3))
            print(f"{name:<16} {kilobytes:>7} {seconds * 1e3:>9.2f} {seconds * 1e6 / kilobytes:>9.1f}")


def _timed(text: str) -> float:
    started = time.process_time()
    result = render(text, VARIABLES)
    elapsed = time.process_time() - started
    assert result != text
    return elapsed


if __name__ == "__main__":
    main()
