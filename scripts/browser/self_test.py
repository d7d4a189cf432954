# SPDX-License-Identifier: MIT
"""Pages with one fault each, and whether check-report sees just that one. What it does not see, no report is held to."""
import pathlib
import tempfile

GOOD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A good page</title>
<style>
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --line: #0060c0 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --line: #60b0ff } }
@page { size: A4; margin: 15mm }
body { margin: 8px; color: var(--ink); background: var(--paper); font: 16px/1.4 sans-serif }
svg { display: block; max-width: 100%; height: auto }
.wide { overflow-x: auto }
@media print { .wide { overflow-x: visible } .wide td { white-space: normal !important } }
</style>
</head>
<body>
<h1>A good page</h1>
<p>Some words, with a <a href="https://example.org/">link</a> and <a href="#memory">another</a>.</p>
<h2>Memory</h2>
<figure id="memory">
<svg role="img" aria-labelledby="m-title" width="420" height="200" viewBox="0 0 420 200">
<title id="m-title">Memory over entries</title><desc>It grows.</desc>
<rect width="420" height="200" fill="var(--paper)"/>
<rect id="bar" x="200" y="10" width="120" height="40" fill="#204060"/>
<path id="line" d="M20,180 L400,20" fill="none" stroke="var(--line)" stroke-width="2"/>
<text id="one" x="20" y="40" font-size="13" fill="var(--ink)">payload</text>
<text id="two" x="20" y="70" font-size="13" fill="var(--ink)">resident</text>
<text id="three" x="210" y="36" font-size="13" fill="#ffffff">on a bar</text>
<text id="four" transform="translate(14,190) rotate(-90)" font-size="13" fill="var(--ink)">GiB</text>
</svg>
<details><summary>Numbers</summary>
<div class="wide"><table>
<caption>Memory over entries</caption>
<tr><th scope="col">entries</th><th scope="col">resident</th><th scope="col">how it ended</th></tr>
<tr><th scope="row">1 M</th><td>16 MiB</td><td style="white-space: nowrap">died at 201 M entries of 268 M, that is what a long row says</td></tr>
</table></div></details>
</figure>
</body>
</html>
"""

VIEWS = ("desktop", "phone")
# name, the checks that must fail, what is replaced, by what; the views in which it is looked for, if not VIEWS
FAULTS = (
    ("no language", "language", ' lang="en"', ""),
    ("no viewport", "viewport | page width | places", '<meta name="viewport" content="width=device-width, initial-scale=1">', ""),
    ("no title", "title", "<title>A good page</title>", ""),
    ("another encoding", "encoding", '<meta charset="utf-8">', '<meta charset="latin1">'),
    ("no doctype", "markup", "<!DOCTYPE html>\n", ""),
    ("an element that is none", "markup", "Some words", "std::vector<int>Some words</int>"),
    ("a tag that ends nothing", "tags", "<h2>Memory</h2>", "<h2>Memory</h2></section>"),
    ("an element that never ends", "tags", "<h2>Memory</h2>", "<h2>Memory</h2><div>"),
    ("a control character", "characters", "Some words", "Some \u0001words"),
    ("a mark that turns text round", "characters", "Some words", "Some \u202ewords"),
    ("bytes that are no text", "UTF-8", "Some words", "Some \udcffwords"),
    ("nothing to read", "text | charts", "<body>", "<body hidden>"),
    ("two first headings", "headings", "<h2>Memory</h2>", "<h1>Memory</h1>"),
    ("a level left out", "headings", "<h2>Memory</h2>", "<h3>Memory</h3>"),
    ("an id twice", "ids", 'id="two"', 'id="one"'),
    ("a label that is not there", "targets", 'aria-labelledby="m-title"', 'aria-labelledby="no-title"'),
    ("a link to nowhere", "targets", 'href="#memory"', 'href="#nowhere"'),
    ("a pattern that is not there", "targets", 'stroke="var(--line)"', 'stroke="url(#none)"'),
    ("a script", "scripts", "<h2>Memory</h2>", "<h2>Memory</h2><script>1</script>"),
    ("a script that speaks", "scripts | console", "<h2>Memory</h2>", "<h2>Memory</h2><script>console.log('hello')</script>"),
    ("a script that throws", "scripts | console", "<h2>Memory</h2>", "<h2>Memory</h2><script>throw new Error('no')</script>"),
    ("a script in an attribute", "scripts", "<h2>", '<h2 onclick="1">'),
    ("a link that is a script", "scripts", "https://example.org/", "javascript:alert(1)"),
    ("a picture from elsewhere", "external | network | console", "<h2>Memory</h2>",
     '<h2>Memory</h2><img src="http://example.org/x.png" alt="">'),
    ("a style sheet from elsewhere", "external | network | console", "</head>",
     '<link rel="stylesheet" href="http://example.org/x.css"></head>'),
    ("a connection made beforehand", "external", "</head>", '<link rel="dns-prefetch" href="//example.org"></head>'),
    ("an import", "external | network | console", "<style>", "<style>@import 'http://example.org/x.css';"),
    ("a background from beside it", "external | network", ".wide {", ".wide { background: url(beside.png);"),
    ("too large a file", "size", "<h2>Memory</h2>", "<h2>Memory</h2><!--" + 3_000_000 * "x" + "-->"),
    ("a line that does not break", "page width | places", "Some words", "x" * 400),
    ("a line cut off", "cut", "<p>Some words", '<p style="overflow: hidden; white-space: nowrap">' + "words " * 60),
    ("a row wider than the page", "page width | places", ".wide { overflow-x: auto }", ".wide td { white-space: nowrap }"),
    ("a row wider than paper", "page width | places", ".wide { overflow-x: visible }", ".wide { overflow: visible } td { min-width: 400px }", ("print",)),
    ("a row cut on paper", "cut", ".wide { overflow-x: visible }", "td { padding-right: 600px }", ("print",)),
    ("a page cut off", "places | page width", "<p>Some words", '<p style="width: 1500px">Some words'),
    ("something beyond the left edge", "places", "<p>Some words", '<p style="margin-left: -50px">Some words'),
    ("a chart higher than a sheet", "cut", "svg { display: block;", "@media print { svg { min-height: 1200px } } svg { display: block;", ("print",)),
    ("a chart without title", "charts | targets", '<title id="m-title">Memory over entries</title>', ""),
    ("a chart with gnuplot's title", "charts", '<title id="m-title">Memory over entries', '<title id="m-title">Gnuplot'),
    ("a chart without description", "charts", "<desc>It grows.</desc>", ""),
    ("a chart that is no picture", "charts", 'role="img" ', ""),
    ("a chart of no size", "charts", "svg { display: block;", "svg { display: block; width: 0;"),
    ("a chart that is not shown", "charts", "svg { display: block;", "svg { display: none;"),
    ("a chart without its numbers", "data", "</svg>", "</svg></figure><figure>"),
    ("a table without caption", "tables", "<caption>Memory over entries</caption>", ""),
    ("a heading of no column", "tables", '<th scope="row">', "<th>"),
    ("texts over each other", "overlap", 'id="two" x="20" y="70"', 'id="two" x="30" y="44"'),
    ("texts over each other, one turned", "overlap", "translate(14,190)", "translate(40,50)"),
    ("paragraphs over each other", "overlap", "<h2>Memory</h2>", '<p style="margin-top: -40px">Other words</p><h2>Memory</h2>'),
    ("a text out of its chart", "text place", 'id="two" x="20"', 'id="two" x="390"'),
    ("a text too small for a phone", "text size", '<text id="two" x="20" y="70" font-size="13"', '<text id="two" x="20" y="70" font-size="9"'),
    ("a text too small anywhere", "text size", "Some words", '<span style="font-size: 7px">Some words</span>'),
    ("grey on white", "contrast", "<p>Some", '<p style="color: #999; background: #fff">Some'),
    ("black in the dark", "contrast", "<p>Some", '<p style="color: #000">Some', ("desktop dark",)),
    ("a chart's black in the dark", "contrast", 'id="two" x="20" y="70" font-size="13" fill="var(--ink)"', 'id="two" x="20" y="70" font-size="13" fill="#000"', ("desktop dark",)),
    ("a bar's black", "contrast", 'fill="#ffffff">on a bar', 'fill="#000000">on a bar'),
    ("a line that is not seen in the dark", "lines", 'stroke="var(--line)"', 'stroke="#202020"', ("desktop dark",)),
    ("paler than it says", "contrast", "<p>Some", '<p style="opacity: 0.5">Some'),
)


def run(check, every_view):
    """`check` takes a path and names of views and returns {(check, what is wrong): [views]}. Prints TAP; returns whether
    one failed."""
    failed = 0
    print(f"1..{len(FAULTS) + 1}")
    with tempfile.TemporaryDirectory(prefix="check-report-pages-") as folder:
        page = pathlib.Path(folder) / "page.html"
        good = ("a good page", "", "", "", every_view)
        for number, (name, expected, old, new, *views) in enumerate((good, *FAULTS), 1):
            assert old in GOOD, f"{name}: '{old}' is not in the good page"
            page.write_text(GOOD.replace(old, new, 1) if old else GOOD, encoding="utf-8",
                            errors="surrogateescape")
            wrong = check(page, *(views or [VIEWS]))
            fine = {failing for failing, _ in wrong} == set(filter(None, expected.split(" | ")))
            failed += not fine
            print(f"{'ok' if fine else 'not ok'} {number} - {name}: {expected or 'nothing is wrong'}")
            for (failing, sentence), seen in wrong.items() if not fine else ():
                print(f"# {failing}, {', '.join(seen)}: {sentence}")
    return failed > 0
