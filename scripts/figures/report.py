# SPDX-License-Identifier: MIT
"""The table as Markdown, and the data of the figure `octave` (plots/octave.gp)."""
import math

from rows import RATIOS_FROM, Table, format_row, format_size, median

METRICS = {"fill": "fill, batched", "single": "fill, one at a time", "hit": "hits, batched"}
HUES = (5, 4, 7, 6, 2, 1)  # of plots/style.gp: ours cold, peers warm, the floor black
MOMENTS = 300  # of memory, a line: what is between two is their worst


def pages(policy):
    return {"system": "pages as the system has them (--thp=system)", "always": "huge pages (--thp=always)",
            "never": "no huge pages (--thp=never)"}[policy]


def asked_lines(tables, wish):
    large = format_size(wish.large) if wish.large else "-"
    for table in tables:
        yield f"### {pages(table.policy).capitalize()}\n"
        yield f"| | must | reach for | worst of the octave | at entries | at {large} | |"
        yield "|---|---|---|---|---|---|---|"
        for row in table.rows():
            yield format_row(row, wish.repetitions)
        yield ""


def times_lines(tables, wish):
    yield "### In ns an operation: medians, the lowest and the highest of the octave\n"
    yield f"| pages | table | allocator | | octave | at {format_size(wish.large) if wish.large else '-'} |"
    yield "|---|---|---|---|---|---|"
    for table in tables:
        for name, allocator, metric, low, high, large in table.times_table():
            yield (f"| {table.policy} | `{name}` | {allocator} | {METRICS[metric]} | {low:.0f} to {high:.0f} | "
                   f"{'-' if large is None else f'{large:.0f}'} |")
    yield ""


def ranks_lines(wish, ranks):
    yield f"### The peers' allocators, at {format_size(wish.entries // 4)} entries: ns, the fastest first\n"
    yield "| pages | peer | | |"
    yield "|---|---|---|---|"
    for policy in wish.policies:
        for peer in wish.peers:
            for metric, found in ranks.items():
                if (peer, policy) not in found:
                    continue
                order = ", ".join(f"{allocator} {ns:.0f}" for ns, allocator in found[peer, policy])
                yield f"| {policy} | `{peer}` | {METRICS[metric]} | {order or '-'} |"
    yield ""


def markdown(wish, store, ranks, best, context):
    tables = [Table(wish, store, best, policy) for policy in wish.policies]
    sizes = wish.octave_sizes()
    stand_ins = [f"`{name}` stands in for `{role}`" for role, name in wish.own.items() if name != role]
    yield (f"Medians of {wish.repetitions} interleaved runs a size, {len(sizes)} sizes from {format_size(sizes[0])} to "
           f"{format_size(sizes[-1])} entries; in brackets the range of the runs. Peers on the allocator that is best for "
           f"them, page policy and figure; our tables on {wish.own_allocator}. "
           f"{context.get('cpu_model', '?')}, {context.get('kernel', '?')}, revision "
           f"{context.get('git_revision', '?')}." + "".join(f" {text}." for text in stand_ins) + "\n")
    yield from asked_lines(tables, wish)
    yield from times_lines(tables, wish)
    yield from ranks_lines(wish, ranks)


# ---- the figure's data ----

def thinned(points):
    """At most so many, evenly on a logarithmic axis: the worst of each step."""
    if not points:
        return []
    low, high = math.log(points[0][0]), math.log(points[-1][0])
    steps = {}
    for x, y in points:
        step = round((math.log(x) - low) / (high - low or 1) * MOMENTS)
        if step not in steps or y > steps[step][1]:
            steps[step] = (x, y)
    return [steps[step] for step in sorted(steps)]


def lines_of(wish):
    """(panel of a policy's three, table), by panel."""
    tables = [*wish.own.values(), *wish.peers]
    return [("fill", table) for table in [*tables, wish.floor]] + \
        [(metric, table) for metric in ("hit", "memory") for table in tables]


def points_of(wish, table, metric, name):
    if metric != "memory":
        medians = [(size, median(table.times(name, metric, size))) for size in wish.octave_sizes()]
        return [point for point in medians if point[1] is not None]
    record = table.store.record(table.cell(name, "fill", wish.entries), 0)
    return thinned(record.memory(min(RATIOS_FROM, wish.entries // 64))) if record and record.is_ok else []


def figure_data(wish, store, best, context):
    """Blocks as those of the other figures (plots/style.gp, plots/lines.gp)."""
    tables = [Table(wish, store, best, policy) for policy in wish.policies]
    titles = {"fill": "fill: ns an insert, batched", "hit": "hits: ns a look-up, batched",
              "memory": "resident memory over payload"}
    order = [*wish.own.values(), *wish.peers, wish.floor]
    yield '# growbench: data of the figure "octave"\n# title, subtitle, axis'
    yield f"Growth without a pause: {len(wish.octave_sizes())} sizes of an octave, and memory on the way to its end"
    yield (f"one machine: {context.get('cpu_model', '?')}; medians of {wish.repetitions} repetitions, of memory one; the "
           "peers with the best allocator for each\nentries")
    yield "\n\n# panel\ttitle\tkind"
    panels = [(table, metric) for table in tables for metric in titles]
    kinds = list(titles)
    for p, (table, metric) in enumerate(panels):
        yield f"{p + 1}\t{titles[metric]}; {'huge pages' if table.policy == 'always' else 'thp: ' + table.policy}\t" \
              f"{kinds.index(metric) + 1}"
    yield "\n\n# contender\tstyle\tcondition\tyardstick\tname\thue"
    for i, name in enumerate(order, 1):
        yield f"{i}\t{i}\t1\t{int(name == wish.floor)}\t{tables[0].name(name)}\t{HUES[(i - 1) % len(HUES)]}"
    lines = [(p + 1, order.index(name) + 1, points) for p, (table, metric) in enumerate(panels)
             for wanted, name in lines_of(wish) if wanted == metric
             for points in [points_of(wish, table, metric, name)] if points]
    yield "\n\n# panel\tcontender\tstatus\tlast_x\tlast_y; block 4 is of the first line, and so on"
    for panel, contender, points in lines:
        yield f"{panel}\t{contender}\tOK\t{points[-1][0]:.0f}\t{points[-1][1]:.6g}"
    for _, _, points in lines:
        yield "\n\n# entries\tvalue"
        for x, y in points:
            yield f"{x:.0f}\t{y:.6g}"
