"""How long a template takes to parse and render, by its length, and what hostile ones take.

    python benchmarks/template.py

In the first table the last column should not grow. In the second ten megabytes of what is no template are
refused, which means left as they are, and one megabyte of the shortest tags is rendered. CPU time, not wall.
"""

import time

from langtail_nb.template import problems, render

PIECES = {
    "text and names": "Dear {{name}}, you wrote on {{day}}:\n",
    "blocks": "{{#if name}}\nDear {{name}}\n{{else}}\nHello\n{{/if}}\n",
    "helpers": '{{#if (and (eq name "Ada") (gt day 3))}}x{{/if}} {{toJSON list}}\n',
    "loops": "{{#each list}}{{@index}}: {{this}}\n{{/each}}",
}
MEGABYTES = 10
REFUSED = {
    "{{#if a}}": "{{#if a}}",
    "{{else}}": "{{else}}",
    "{{or (or (or": "{{or (or (or ",
    "{{a": "{{a ",
    "{{!--": "{{!--",
    "{{{{a}}}}": "{{{{a}}}}",
    "{{": "{{",
    "{{ and space": "{{" + " " * 999_998,
    "{{#each list}}": "{{#each list}}",
}
RENDERED = {
    "{{a}}": "{{a}}",
    "{{#if a}}x{{/if}}": "{{#if a}}x{{/if}}",
    "{{#if a}} 900 deep": "{{#if a}}" * 900 + "{{/if}}" * 900,
    "{{! comment }}": "{{! comment }}",
    "raw blocks": "{{{{a}}}}{{x}}{{{{/a}}}}",
    "escapes": "\\{{a}}",
    "space and ~": "  {{~a~}}  \n",
    "text around a tag": "text\n" * 199_000 + "{{a}}",
}
VARIABLES = {"name": "Ada", "day": "7", "a": "1", "list": '["a","b","c"]'}


def main() -> None:
    render("{{name}}", VARIABLES)
    print(f"{'template':<16} {'KB':>7} {'ms':>9} {'µs/KB':>9}")
    for name, piece in PIECES.items():
        for kilobytes in (1, 10, 100, 1000):
            text = piece * (kilobytes * 1000 // len(piece))
            seconds = min(_timed(text) for _ in range(3))
            print(f"{name:<16} {kilobytes:>7} {seconds * 1e3:>9.2f} {seconds * 1e6 / kilobytes:>9.1f}")
    print(f"\n{'repeated':<20} {'MB':>3} {'render s':>9} {'problems s':>11}  result")
    for megabytes, pieces in ((MEGABYTES, REFUSED), (1, RENDERED)):
        for name, piece in pieces.items():
            _print_hostile(name, piece * max(1, megabytes * 1_000_000 // len(piece)), megabytes)


def _print_hostile(name: str, text: str, megabytes: int) -> None:
    started = time.process_time()
    refused = render(text, VARIABLES) == text
    rendered = time.process_time()
    problems(text)
    explained = time.process_time()
    result = "refused" if refused else "rendered"
    print(f"{name:<20} {megabytes:>3} {rendered - started:>9.2f} {explained - rendered:>11.2f}  {result}")


def _timed(text: str) -> float:
    started = time.process_time()
    result = render(text, VARIABLES)
    elapsed = time.process_time() - started
    assert result != text
    return elapsed


if __name__ == "__main__":
    main()
