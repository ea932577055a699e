"""Answers that try to run, fetch or deface something, wherever a reader's parser might let them.

``ID`` in a text stands for its number, so that an alarm names the text that set it off.
"""

from __future__ import annotations

import random

RUN = "window.__pwned.push('ID')"
URL = "http://evil.example/ID"

HTML = [
    f"<script>{RUN}</script>",
    f"<ScRiPt\n>{RUN}</ScRiPt >",
    f"<script src={URL}.js></script>",
    f"<img src=x onerror={RUN}>",
    f'<img src="{URL}.png">',
    f"<IMG/SRC=x\tONERROR={RUN}>",
    f"<img src=x onerror\n=\n{RUN}//",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><image href={URL}.svg></image></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f'<iframe srcdoc="<script>parent.{RUN[7:]}</script>"></iframe>',
    f"<iframe src={URL}></iframe>",
    f"<iframe src=javascript:parent.{RUN[7:]}></iframe>",
    f"<object data={URL}></object>",
    f"<embed src={URL}>",
    f"<style>@import '{URL}.css';</style>",
    "<style>* { display: none }</style>",
    f"<div style='background:url({URL}.png)'>x</div>",
    f"<link rel=stylesheet href={URL}.css>",
    f"<meta http-equiv=refresh content='0;url={URL}'>",
    f"<base href={URL}/>",
    f"<form action={URL}><button>go</button></form>",
    f"<input autofocus onfocus={RUN}>",
    f"<details open ontoggle={RUN}><summary>x</summary></details>",
    f"<video src={URL}.mp4 onerror={RUN} autoplay></video>",
    f"<audio src={URL}.mp3 onerror={RUN}></audio>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<body onload={RUN}>",
    f"<a href=javascript:{RUN}>click</a>",
    "<button data-commandlinker-command='filebrowser:delete'>x</button>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<!--><img src=x onerror={RUN}>-->",
    f"<!-- a -- b --><img src=x onerror={RUN}>",
    f"<![CDATA[<img src=x onerror={RUN}>]]>",
    f"<?php <img src=x onerror={RUN}> ?>",
    f"<!DOCTYPE x [<img src=x onerror={RUN}>]>",
    f"<<img src=x onerror={RUN}>",
    f"</p><img src=x onerror={RUN}>",
    f"</code></pre><img src=x onerror={RUN}>",
    f"</details></small><img src=x onerror={RUN}>",
    f"<template><img src=x onerror={RUN}></template>",
    f"<textarea></textarea><img src=x onerror={RUN}>",
    f"<x\x00y onclick={RUN}><scr\x00ipt>{RUN}</script>",
    f"\u202e<img src=x onerror={RUN}>\u202c",
    f"<img src=x\u2028onerror={RUN}>",
    f"&lt;img src=x onerror={RUN}&gt;",
    f"&#60;img src=x onerror={RUN}&#62;",
    f"&#x3c;script&#x3e;{RUN}&#x3c;/script&#x3e;",
    f"&amp;lt;img src=x onerror={RUN}&amp;gt;",
]

SCHEMES = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java&#115;cript:{RUN}",
    f"javascript&colon;{RUN}",
    f"java&Tab;script:{RUN}",
    f"java\\script:{RUN}",
    f"&#1;javascript:{RUN}",
    f"\x01javascript:{RUN}",
    f"javascript://http://a%0a{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    f"vbscript:{RUN}",
    "file:///etc/passwd",
    "ftp://evil.example/ID",
    "//evil.example/ID",
    "/evil/ID",
    "../evil/ID.ipynb",
    "attachment:evil.png",
    "blob:evil",
    f'http&#58;//x/$"onmouseover={RUN}$',
    f'http://x/@\\@0@@"onmouseover={RUN}',
    f'http://x/@&#64;0@@ $" onmouseover={RUN} x=$',
    URL,
]

MARKDOWN = [
    "[x](SCHEME)",
    "[x](<SCHEME>)",
    '[x](SCHEME "title")',
    f"[x](http://a.example '\"onmouseover={RUN} x=')",
    f'[x](http://a.example "$\\" onmouseover={RUN} x=$")',
    "![x](SCHEME)",
    "![](SCHEME)",
    "![x][r]\n\n[r]: SCHEME",
    "[x][r]\n\n[r]: SCHEME 'title'",
    "[r]\n\n[r]: <SCHEME>",
    "[r][]\n\n[R]:\n SCHEME",
    "[![x](SCHEME)](SCHEME)",
    "![a ![b](SCHEME) c](SCHEME)",
    "[a [b](SCHEME) c](SCHEME)",
    "<SCHEME>",
    "SCHEME",
    "[x]( SCHEME )",
    "[x](\nSCHEME\n)",
    "[x\n](SCHEME)",
    "[x](SCHEME\n'title')",
    "[^1]\n\n[^1]: SCHEME",
    "- [x](SCHEME)\n  ![y](SCHEME)",
    "| a |\n|---|\n| ![x](SCHEME) |",
    "# ![x](SCHEME)",
    "<a@b.example> <SCHEME>",
    "[x](http://a.example)![y](SCHEME)",
    f"!{URL}.png",
    f"!!{URL}.png !www.evil.example/ID.png !<{URL}.png>",
    f"!![x]({URL}.png) !!![x]({URL}.png) !*![x]({URL}.png)*",
    f'```mermaid\ngraph TD\n  A@{{ img: "{URL}.png" }}\n```',
    f"```mermaid\n%%{{init: {{'themeCSS': '@import url({URL})'}}}}%%\ngraph TD; A[<img src={URL}>]\n```",
    f'```"onmouseover={RUN} x="\ncode\n```',
    f'```js"><img src=x onerror={RUN}>\ncode\n```',
    f'~~~ `"><img src=x onerror={RUN}>\ncode\n~~~',
    f"$\\href{{javascript:{RUN}}}{{x}}$",
    f"$$\\style{{background:url({URL}.png)}}{{x}}$$",
    f"\\(\\unicode{{<img src=x onerror={RUN}>}}\\)",
    "\\[\\require{html}\\class{evil}{x}\\cssId{evil}{y}\\]",
    f"$\\text{{<img src=x onerror={RUN}>}}$",
    f"\\begin{{align}}<img src=x onerror={RUN}>\\end{{align}}",
    "$\\def\\x{\\x\\x}\\x$",
]

# "X" is where the inner text goes. Fences that mathematics might undo: it would take a mark of one away, so
# that the next one ends it, and what that held is read.
FENCES = [
    "- ```\n  $\n  ```\n  $y$\n  ```\n  X\n  ```",
    "1. ```sh\n   echo $A $B $\n   ```\n   $y$\n   ```\n   X\n   ```",
    "- a\n  - ```\n    $$\n    ```\n    $$y$$\n    ```\n    X\n    ```",
    "- ```\n  $\n\n  $\n  ```\n  $y$\n  ```\n  X\n  ```",
    "- ```\n  \\begin{align}\n  ```\n  \\begin{align}y\\end{align}\n  ```\n  X\n  ```",
    "- ```\n  $\n  ```\n- $y$\n  ```\n  X\n  ```\n  $y$\n  ```\n  X\n  ```",
    "> ```\n> $\n> ```\n> $y$\n> ```\n> X\n> ```",
    "> ```\n> $\n>\n> a\n> ```\n>\n> $y$\n>\n> ```\n> X\n> ```",
    "> ```\n> \\begin{align}\n> ```\n> \\begin{align}y\\end{align}\n> ```\n> X\n> ```",
    "> ```\n> '\\\\('\n> ```\n>\n> ```\n> '\\\\)'\n> ```\n>\n> ```\n> X\n> ```",
    "> - ```\n>   $\n>   ```\n>   $y$\n>   ```\n>   X\n>   ```",
    "> - a\n>   - b\n>     ```\n>     $\n>     ```\n>     $y$\n>     ```\n>     X\n>     ```",
    "- > ```\n  > $\n  > ```\n  > $y$\n  > ```\n  > X\n  > ```",
    "> > ```\n> > $\n> > ```\n> $y$\n> ```\n> X\n> ```",
    "```\n\\begin{align}\n```\n\\begin{align}y\\end{align}\n```\nX\n```",
    "```\n'\\\\('\n```\n'\\\\)'\n```\n'\\\\)'\n```\nX\n```",
    "- ```\n  a\u2028```\n  $\n  ```\n\n$y$\n\n```\n$ X\n```",
    "1. ```js\n   $\n   ```\n   X $y$ X\n2. ```js\n   $ X\n   ```\n   X $",
    "- ```js\n  $a$ X\n\n  $b\n\n  $c$ X $d$\n  ```\n- X $y$",
    "> ```js\n> $ X\n>\n> $\n> ```\n> X $y$ X $",
    "> - ```js\n>   $ X\n>   ```\n>   X $y$ X $",
    "> > ```tex\n> > \\begin{x} X\n> > ```\n> X\n\nX \\end{x} \\end{inert}",
    "```tex\n\\begin{x}\nX\n\\end{x}\n\n\\begin{x} X \\end{x}\n```\nX",
    "```tex\n\\end{x} \\begin{x} X\n```\n```tex\nX \\end{x}\n```",
    "```js\n'\\\\(X'\n\nX '\\\\)' '\\\\(X\\\\)'\n```\nX",
    "```py\n@@0@@ X @@1@@\n```\n$x$ $y$ X",
    "- ```py\n  @@0@@ X\n  ```\n  $x$ X",
    "[inert]: #\\begin{inert}\n\nX\n\n```tex\n\\begin{x} X \\end{x}\n```\n\\end{inert} X",
]

PLACES = [
    *FENCES,
    "X",
    "`X`",
    "``X`",
    "`X",
    "\\`X`",
    "`` ` X ``",
    "```\nX\n```",
    "```html\nX\n```",
    "~~~\nX\n~~~",
    "```\nX",
    "````\n```\nX\n```\n````",
    "```\n````\nX\n```\nX",
    "```markdown\n```html\nX\n```\nX\n```",
    "- a\n  ```\n  X\n  ```",
    "- a\n\n      X",
    "1. ```\n   X\nX",
    "> ```\n> X\nX",
    "> X",
    "> > - X",
    "    X",
    "\tX",
    "- X",
    "1. X\n   X",
    "- [ ] X",
    "# X",
    "X\n===",
    "X\n---",
    "| X | b |\n|---|---|\n| c | X |",
    "a | b\n--- | ---\n`X | X`",
    "**X**",
    "*X",
    "~~X~~",
    "[X](http://a.example)",
    "[x](http://a.example/X)",
    "[x](http://a.example 'X')",
    "![X](http://a.example)",
    "[x][X]\n\n[X]: http://a.example",
    "[r]\n\n[r]: http://a.example 'X'",
    "<http://a.example/X>",
    "http://a.example/X",
    "www.a.example/X",
    "$X$",
    "$$X$$",
    "$$\nX\n$$",
    "\\(X\\)",
    "\\[X\\]",
    "\\\\(X\\\\)",
    "\\\\[X\\\\]",
    "\\begin{align}X\\end{align}",
    "\\begin{x}X\\end{x}",
    "$a\n```\nX\n$\n```\nX",
    "`$`\nX\n`$`",
    "`$$`\n\n```html\nX\n$$\n```\n\nX",
    "```\n$\n```\nX $",
    "- ```\n  $\n  ```\n  X $ X",
    "```\n\\begin{x}\n```\nX\n```\n\\end{x}\nX\n```",
    "`\\begin{x}` X `\\end{x}`",
    "```\n\\\\(\n```\nX\n```\n\\\\)\nX\n```",
    "$`$ X `$`",
    "${$X}$",
    "$a{b$ X $c}$ X",
    "@@0@@ $X$ @@1@@",
    "@\\@0@@ $X$",
    "[x](http://a/@\\@0@@) $X$",
    "\\$X\\$",
    "$5 X $10",
    "&#36;X&#36;",
    "&dollar;&dollar;X&dollar;&dollar;",
    "&#92;(X&#92;)",
    "&bsol;&lbrack;X&bsol;&rbrack;",
    "\\&#40;X\\)",
    "`$$` X\n\n```\nX\n$$\n```",
    "**`$$`** X\n\n```\nX\n```\n\nX `$$`",
    "`\\\\[` X `\\\\]`",
    "~~a `b~~` `X`",
    "**a `b** c` `X` d",
    "[a `](http://b.example)` `X`",
    "`a``X``b` `X`",
    "`a`$`X`$ `$a` X `$`",
    "`` `X` `` ``` ``X ```",
    "| `a|X` | `X` |\n|---|---|\n| `` ` ``X | `X` |",
    "`a|b` X\n---|---\n`X`",
    "`a`$\\href{X}$`b`",
    "-\tX\n\t-\t```\n\t\tX\n\t\t```\n1.\tX",
    ">\tX\n>\t```\n>\tX",
    "a<br>X<br/><br />X</br>",
    "<br>X<br>\n<br>",
    "| a<br>X | <br/>X<br> |\n|---|---|",
    "\u05d0 `X` X",
    "- \u0627 X\n  ```html\n  X\n  ```\n- X\n\n> \u05d0 `X`\n> ```\n> X",
    "\u05d0\n<div dir=auto>X</div>\n\n</div>X",
    "<div>\n\nX\n\n</div>",
    "<div>X",
    "<pre>\nX\n</pre>",
    "<!-- X -->",
    "<details><summary>X</summary>\n\nX\n\n</details>",
    '{"a": "X"}',
    '["X", 1]',
    "a\u2028X\u2029X",
    "```\na\u2028```\nX\n```",
    "a\x0b```\nX\n```",
    "X\r\rX",
    "\u202eX",
    "\ufeff```\nX\n```",
    "&lt;X&gt;",
    "\x00X\x00",
]

_MARKS = [
    *"`~$\\<>[]()!*_|#-+&;:\"'@\n\t ",
    "``",
    "```",
    "$$",
    "\\(",
    "\\)",
    "\n\n",
    "\n```\n",
    "@@0@@",
    "&#36;",
]
_JOINTS = ["", " ", "\n", "\n\n", "`", "$", "\n- ", "\n    ", "\u2028", "|", "\r\n", "\\"]


def _payload(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(HTML)
    return chance.choice(MARKDOWN).replace("SCHEME", chance.choice(SCHEMES))


def _wrapped(chance: random.Random) -> str:
    text = _payload(chance)
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4))):
        text = chance.choice(PLACES).replace("X", text)
        if len(text) > 3_000:
            break
    return text


def _bent(text: str, chance: random.Random) -> str:
    """Return the text with a few marks put in or characters taken out."""
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(_MARKS) + text[at + chance.choice((0, 0, 1)) :]
    return text


def _one(chance: random.Random) -> str:
    text = _wrapped(chance)
    if chance.random() < 0.4:
        text += chance.choice(_JOINTS) + _wrapped(chance)
    if chance.random() < 0.5:
        text = _bent(text, chance)
    if chance.random() < 0.15:
        text = text[: chance.randrange(len(text) + 1)]
    return text


def generated(count: int, seed: int) -> list[str]:
    """Return that many hostile answers, always the same ones for a seed."""
    chance = random.Random(seed)
    return [_one(chance) for _ in range(count)]


def written() -> list[str]:
    """Return every payload in the open, every scheme in every form of link, every place once."""
    links = [form.replace("SCHEME", scheme) for form in MARKDOWN if "SCHEME" in form for scheme in SCHEMES]
    alone = [form for form in MARKDOWN if "SCHEME" not in form]
    placed = [place.replace("X", HTML[number % len(HTML)]) for number, place in enumerate(PLACES)]
    return [*HTML, *alone, *placed, *links]


def numbered(texts: list[str]) -> list[str]:
    """Return the texts with their numbers filled in."""
    return [text.replace("ID", str(number)) for number, text in enumerate(texts)]
