# SPDX-License-Identifier: MIT
"""scripts/octave --self-test: a made-up run folder whose figures are known, and whether the table says just those."""
import contextlib
import io
import json
import pathlib
import tempfile

import plan
import records
import report
import rows

OWN = {"linear_gradual": "linear_gradual", "paged": "paged", "dense": "dense"}
ENTRIES, LARGE = 1 << 24, 1 << 26
# As growbench has them in stops.tsv, and in ENTRIES=2^23..2^24/16.
SIZES = [8760003, 9147842, 9552851, 9975792, 10417458, 10878679, 11360319, 11863283, 12388516, 12937002, 13509772,
         14107901, 14732511, 15384775, 16065917, 16777216]
# What the repetitions make of a time: the median is the time itself, the mean is not.
NOISE = (1.0, 3.0, 0.9)

FILL = {"linear_gradual": 50, "paged": 80, "dense": 100, "absl_flat": 120, "rust_hashbrown": 150, "floor": 25}
HIT = {"linear_gradual": 30, "paged": 40, "dense": 75, "absl_flat": 60, "rust_hashbrown": 60}
SLOW_ALLOCATOR = 10  # ns more on all but the best
WORST_SIZE = SIZES[7]  # there, where the floor is measured too, linear_gradual takes half as long again
WORST_HIT = SIZES[9]


def wish(**changes):
    values = dict(own=OWN, peers=["absl_flat", "rust_hashbrown"], floor="floor", own_allocator="mremap",
                  candidates=["glibc", "jemalloc:lean", "mimalloc"], policies=["system", "always"], entries=ENTRIES,
                  large=LARGE, repetitions=3, large_latency_repetitions=1)
    return plan.Wish(**{**values, **changes})


def fill_ns(cell, size):
    ns = FILL[cell.table] * (4 if cell.batch == 1 else 1)
    if cell.table == "linear_gradual" and size == WORST_SIZE:
        ns *= 1.5
    if cell.table == "linear_gradual" and size == LARGE:
        ns *= 0.5
    if cell.table in ("absl_flat", "rust_hashbrown") and cell.allocator != ("mimalloc" if cell.batch == 1 else "jemalloc:lean"):
        ns += SLOW_ALLOCATOR
    return ns


def hit_ns(cell, size):
    ns = HIT[cell.table] * (2 if cell.table == "paged" and size == WORST_HIT else 1)
    return ns + SLOW_ALLOCATOR * (cell.table in ("absl_flat", "rust_hashbrown") and cell.allocator != "glibc")


def counters_of(cell, repetition):
    counters = {"entries": cell.entries, "timed_ns": fill_ns(cell, cell.entries) * cell.entries * NOISE[repetition]}
    if cell.mode == "throughput":
        counters |= {"worst_rss_ratio": {"paged": 1.4, "dense": 1.7}.get(cell.table, 3.5) + 0.01 * repetition,
                     "worst_rss_entries": 3 << 20, "base_moves": 0, "moves_per_entry": 0.5 * (cell.entries == LARGE)}
    if cell.mode == "latency":
        counters |= {"migrated_max_entries": {"linear_gradual": 900, "paged": 5000}.get(cell.table) if repetition else 100,
                     "insert_over_1ms_count": (7, 9, 5)[repetition], "hiccup_over_1ms_count": (5, 3, 30)[repetition],
                     "utilisation_100ms_ratio": (0.99, 0.95, 0.4)[repetition]}
        if counters["migrated_max_entries"] is None:
            del counters["migrated_max_entries"]
    return counters


def write(store, cell, repetition, status="OK"):
    folder = store.path(cell, repetition)
    folder.mkdir(parents=True, exist_ok=True)
    noise = NOISE[repetition]
    sizes = [cell.entries] if cell.stops == 1 else SIZES if cell.stops == 16 else [cell.entries // 2, cell.entries]
    if cell.workload == "find":
        lines = ["entries\tfill_ns\thit_count\thit_ns\tmiss_count\tmiss_ns"]
        lines += [f"{s}\t{fill_ns(cell, s) * s * noise:.0f}\t1000\t{hit_ns(cell, s) * 1000 * noise:.0f}\t1\t1" for s in sizes]
        (folder / "stops.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # An interval ends before each size and after it, half of its time later: a size lies in the middle.
    lines = ["entries\tseconds\trss_bytes\tinterval_peak_rss_bytes\tvirtual_bytes\tcapacity_bytes"]
    for size in SIZES:
        total = fill_ns(cell, size) * size * noise * 1e-9
        lines += [f"{size + d}\t{total + d * 1e-6:.9f}\t1\t{32 * size}\t1\t1" for d in (-100, 100)]
    (folder / "series.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    record = {"id": cell.id, "workload": cell.workload, "status": status, "message": "made up", "entry-bytes": 16,
              "counters": counters_of(cell, repetition)}
    (folder / "record.json").write_text(json.dumps(record), encoding="utf-8")


def write_all(folder, wanted):
    store = records.Store(folder)
    for call in plan.choose_calls(wanted):
        for cell in call.cells:
            write(store, cell, call.repetition)
    fastest = rows.fastest_of(rows.ranks_of(wanted, store, repetitions=1))
    for call in plan.choose_again_calls(wanted, fastest):
        for cell in call.cells:
            write(store, cell, call.repetition)
    store = records.Store(folder)
    best = rows.best_of(rows.ranks_of(wanted, store))
    for call in plan.matrix_calls(wanted, best):
        for cell in call.cells:
            write(store, cell, call.repetition)
    return records.Store(folder), best


class Checks:
    def __init__(self):
        self.count = self.failed = 0

    def equal(self, name, got, expected):
        self.count += 1
        fine = got == expected
        self.failed += not fine
        print(f"{'ok' if fine else 'not ok'} {self.count} - {name}")
        if not fine:
            print(f"# got:      {got!r}\n# expected: {expected!r}")

    def true(self, name, condition):
        self.equal(name, bool(condition), True)


def check_plan(c):
    wanted = wish()
    c.equal("the sizes are those of growbench's stops", wanted.octave_sizes(), SIZES)
    cell = plan.Cell("find", "absl_flat", "jemalloc:lean", 5, thp="always", batch=1, stops=16)
    c.equal("an id has what is not default, in growbench's order", cell.id,
            "find/absl_flat/jemalloc:lean/entries:5/mode:throughput/thp:always/batch:1/stops:16")
    c.equal("and nothing else", plan.Cell("fill", "t", "a", 5).id, "fill/t/a/entries:5/mode:throughput")
    best = {(p, t): {"fill": "glibc", "hit": "mimalloc", "single": "glibc"} for p in wanted.peers for t in wanted.policies}
    calls = plan.matrix_calls(wanted, best)
    once = [(cell.id, call.repetition) for call in calls for cell in call.cells]
    c.equal("no process is asked for twice", len(once), len(set(once)))
    axes = [{(x.workload, x.mode, x.thp, x.batch, x.stops) for x in call.cells} for call in calls]
    c.true("a call's cells differ in table, allocator and size alone", all(len(kinds) == 1 for kinds in axes))
    products = [len({x.table for x in call.cells}) * len({x.allocator for x in call.cells}) for call in calls]
    c.true("there are calls of several allocators", max(products) > 5)
    by_name = {call.name: call for call in reversed(calls)}
    arguments = by_name["large, batched, thp:system"].arguments()
    c.true("a call says its repetition as so many", "--reps=1" in arguments)
    c.equal("and filters what its lists would multiply to", arguments[-1],
            "--benchmark_filter=/(linear_gradual|paged|dense)/(mremap)/|/(absl_flat|rust_hashbrown)/(glibc|mimalloc)/")
    c.equal("processes of a repetition at the large size look up after the fill, on either's best allocator",
            len([x for x in by_name["large, batched, thp:system"].cells if x.workload == "find"]), 3 + 2 * 2)
    many = wish(candidates=[f"some_allocator:{i}" for i in range(40)])
    c.equal("but not where all of it is wanted", {call.arguments()[-1] for call in plan.choose_calls(many)},
            {"--benchmark_filter=."})
    for part in ("octave", "large, batched"):
        of_part = [call.repetition for call in calls if call.name.startswith(part)]
        c.equal(f"repetitions go round all of it: {part}", of_part, sorted(of_part))
    c.equal("of the octave the first looks up all once more, others a sample",
            {(call.repetition == 0, call.arguments()[5 + 3]) for call in calls if call.name.startswith("octave")},
            {(True, "--verify=all"), (False, "--verify=sample")})
    latencies = [call for call in calls if call.name.startswith("large, latencies")]
    c.equal("large latencies have repetitions of their own", len(latencies), len(wanted.policies))
    c.true("without a large size there is none",
           all(cell.entries <= ENTRIES for call in plan.matrix_calls(wish(large=0), best) for cell in call.cells))


def check_arithmetic(c):
    c.equal("between two points", records.between([(0, 0), (10, 100), (20, 100)], 4), 40)
    c.equal("at a point", records.between([(0, 0), (10, 100), (20, 100)], 10), 100)
    c.equal("at the first", records.between([(5, 7), (10, 100)], 5), 7)
    c.equal("outside is unknown", [records.between([(5, 7), (10, 100)], x) for x in (4, 11)], [None, None])
    c.equal("a median, not a mean", rows.of_values([1, 100, 2, None]).value, 2)
    ratio = rows.quotient([10, 40, 20], [5, 10, 8], 7)
    c.equal("a ratio of medians with the range of the repetitions", (ratio.value, ratio.low, ratio.high, ratio.size),
            (2.5, 2.0, 4.0, 7))
    c.equal("of what is not known there is none", rows.quotient([None], [1]), None)
    some = [rows.Figure(v, v, v) for v in (2, 1, 3)] + [None]
    c.equal("the worst is the least where more is better", [rows.worst(some, m).value for m in (True, False)], [1, 3])

    def verdict(octave, large, must, reach, more):
        figures = [v if v is None else rows.Figure(v, v, v) for v in (octave, large)]
        return rows.Row("", must, reach, more, *figures).verdict()
    c.equal("what is asked of both sizes is judged by the worse",
            [verdict(3, 3, 1.5, 3, True), verdict(3, 2, 1.5, 3, True), verdict(3, 1.2, 1.5, 3, True),
             verdict(1.2, None, 1.5, 1.3, False), verdict(1.2, 1.4, 1.5, 1.3, False), verdict(1.8, 1, 1.5, 1.3, False),
             verdict(0, 3, 0, 0, False), verdict(None, None, 1, 1, True), verdict(1, 1, None, None, True)],
            ["reached", "met", "misses by 20 %", "reached", "met", "misses by 20 %", "misses by 3.00x", "-", "-"])
    points = [(1 << 20, 1.5), ((1 << 20) + 1, 4.0), (1 << 21, 1.2), (1 << 26, 1.1)]
    c.equal("thinned memory keeps the worst of a step", report.thinned(points), points[1:])


def expected_rows():
    worst, hit = "11.9 M", "12.9 M"
    return [
        f"| `linear_gradual` fill over `absl_flat` | 1.5x | 3x | 1.60x | {worst} | 4.80x | met |",
        "| `paged` fill over `absl_flat` | 1.3x | 2.5x | 1.50x | 8.8 M | 1.50x | met |",
        f"| `linear_gradual` fill over `floor`'s time | 4x | 2x | 3.00x | {worst} | 1.00x | met |",
        "| `paged` fill over `floor`'s time | 4x | 2x | 3.20x | 10.0 M | 3.20x | met |",
        f"| `linear_gradual` fill, one at a time, over `absl_flat` | 1.2x | 2x | 1.60x | {worst} | 4.80x | met |",
        "| `linear_gradual` hits over `absl_flat` | 1.5x | 3x | 2.00x | 8.8 M | 2.00x | met |",
        f"| `paged` hits over `absl_flat` | 1.2x | 2.5x | 0.75x | {hit} | 1.50x | misses by 38 % |",
        "| `dense` hits over `absl_flat` | 0.8x | 1.2x | 0.80x | 8.8 M | 0.80x | met |",
        f"| `linear_gradual` fill over `rust_hashbrown` | - | - | 2.00x | {worst} | 6.00x | - |",
        "| `linear_gradual` hits over `rust_hashbrown` | - | - | 2.00x | 8.8 M | 2.00x | - |",
        "| `paged` worst\\_rss\\_ratio from 2^20 entries on | 1.5x | 1.3x | 1.41x (1.40x to 1.42x) | 3.1 M | "
        "1.41x (1.40x to 1.42x) | met |",
        "| `dense` worst\\_rss\\_ratio from 2^20 entries on | 1.6x | 1.45x | 1.71x (1.70x to 1.72x) | 3.1 M | "
        "1.71x (1.70x to 1.72x) | misses by 7 % |",
        "| `dense` base\\_moves | 0 | 0 | 0 |  | 0 | reached |",
        "| `dense` moves\\_per\\_entry | 0 | 0 | 0 |  | 0.50 | misses by 0.50 |",
        "| `linear_gradual` most entries moved by one operation | 4096 | 1024 | 900 (100 to 900) |  | 100, 1 of 3 runs | "
        "reached |",
        "| `paged` most entries moved by one operation | 4096 | 1024 | 5000 (100 to 5000) |  | 100, 1 of 3 runs | "
        "misses by 22 % |",
        "| `dense` most entries moved by one operation | 4096 | 1024 | 100, 1 of 3 runs |  | 100, 1 of 3 runs | reached |",
        *[f"| `{role}` inserts over 1 ms beyond the control's gaps | 0 | 0 | 2 (0 to 6), 7 against 5 |  | "
          "2, 7 against 5, 1 of 3 runs | misses by 2 |" for role in OWN],
        "| `floor` inserts over 1 ms beyond the control's gaps | - | - | 2, 7 against 5, 1 of 3 runs |  | "
        "2, 7 against 5, 1 of 3 runs | - |",
        *[f"| `{role}` utilisation\\_100ms\\_ratio | 0.9 | 0.98 | 0.95 (0.40 to 0.99) |  | 0.99, 1 of 3 runs | met |"
          for role in OWN],
        "| `floor` utilisation\\_100ms\\_ratio | - | - | 0.99, 1 of 3 runs |  | 0.99, 1 of 3 runs | - |",
    ]


def check_table(c, folder):
    wanted = wish()
    store, best = write_all(folder, wanted)
    c.equal("each figure has the allocator that is best for it", best["absl_flat", "always"],
            {"fill": "jemalloc:lean", "hit": "glibc", "single": "mimalloc"})
    planned = {cell.id for call in plan.matrix_calls(wanted, best) for cell in call.cells}
    table = rows.Table(wanted, store, best, "always")
    used = {table.cell(t, m, size).id for t in OWN.values() for m in ("fill", "hit", "latency") for size in (ENTRIES, LARGE)}
    used |= {table.cell(t, m, size).id for t, m in (("absl_flat", "single"), ("linear_gradual", "single"),
                                                    ("rust_hashbrown", "hit")) for size in (ENTRIES, LARGE)}
    c.equal("what the table reads is what was run", used - planned, set())
    got = [rows.format_row(row, wanted.repetitions) for row in table.rows()]
    for line, expected in zip(got, expected_rows()):
        c.equal(expected.split(" | ")[0][2:], line, expected)
    c.equal("there are no other rows", len(got), len(expected_rows()))
    single = store.record(table.cell("absl_flat", "single", ENTRIES), 0)
    c.equal("the time up to a size is read from the intervals of the whole fill", round(single.fill_ns(SIZES[3]), 3), 480)
    c.equal("at its end it is the record's", single.fill_ns(ENTRIES), 480)
    memory = store.record(table.cell("paged", "fill", ENTRIES), 0).memory(SIZES[1])
    c.equal("memory is over the payload before", [round(y, 3) for x, y in memory if x == SIZES[1] + 100],
            [round(32 * SIZES[2] / (16 * (SIZES[1] + 100)), 3)])
    c.true("and from the least size on", memory[0][0] >= SIZES[1])
    text = "\n".join(report.markdown(wanted, store, rows.ranks_of(wanted, store), best, {}))
    c.equal("both policies have all rows", [text.count(line) for line in expected_rows()], [2] * len(expected_rows()))
    c.true("the allocators stand there with their times, the fastest first",
           "| always | `absl_flat` | hits, batched | glibc 120, jemalloc:lean 140, mimalloc 140 |" in text)
    data = "\n".join(report.figure_data(wanted, store, best, {}))
    blocks = data.split("\n\n\n")
    c.equal("the figure has a block for each line", len(blocks), 4 + 2 * (6 + 5 + 5))
    c.equal("whose points are the medians", blocks[4].split("\n")[1:3], [f"{SIZES[0]}\t50", f"{SIZES[1]}\t50"])
    # One of three failed, then all.
    cell = table.cell("paged", "hit", ENTRIES)
    write(store, cell, 0, "OOM")
    fresh = records.Store(folder)
    again = rows.Table(wanted, fresh, best, "always").rows()[6]
    c.true("a repetition that failed is left out, and said", "2 of 3 runs" in rows.format_row(again, 3))
    c.equal("and why", fresh.failures([cell], 3), {cell.id: "OOM: made up"})
    for repetition in (1, 2):
        write(store, cell, repetition, "OOM")
    again = rows.Table(wanted, records.Store(folder), best, "always").rows()[6]
    c.equal("of all that failed there is no figure", rows.format_row(again, 3),
            "| `paged` hits over `absl_flat` | 1.2x | 2.5x | - |  | 1.50x | met |")


def run():
    c = Checks()
    check_plan(c)
    check_arithmetic(c)
    with tempfile.TemporaryDirectory(prefix="octave-") as folder:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            check_table(c, pathlib.Path(folder))
    print(f"1..{c.count}")
    return 1 if c.failed else 0
