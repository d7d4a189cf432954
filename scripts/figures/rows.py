# SPDX-License-Identifier: MIT
"""The rows of the table: medians over repetitions, the worst over sizes, and whether that is what was asked for.

A ratio at one size is that of two medians; its spread is that of the ratios of the single repetitions, whose processes
ran one after the other. Of an octave the size with the worst ratio stands for all. What has not been measured is None.
"""
import dataclasses
import statistics

from plan import Cell, OCTAVE_STOPS, choose_fill_cell, choose_hit_cell, choose_single_cell
from plan import CHOOSE_FROM, CHOOSE_REPETITIONS, single_peers

RATIOS_FROM = 1 << 20  # entries, as worst_rss_ratio
MISSED = "misses by"


def known(values):
    return [value for value in values if value is not None]


def median(values):
    values = known(values)
    return statistics.median(values) if values else None


@dataclasses.dataclass(frozen=True)
class Figure:
    value: float
    low: float
    high: float
    count: int = 0  # repetitions that it is of
    size: int = None
    note: str = ""


def of_values(values, size=None):
    """The median of some repetitions with their spread; None of none."""
    values = known(values)
    if not values:
        return None
    return Figure(statistics.median(values), min(values), max(values), len(values), size)


def quotient(above, below, size=None):
    """The ratio of two medians; each list has a value a repetition."""
    top, bottom = median(above), median(below)
    if top is None or not bottom:
        return None
    single = [a / b for a, b in zip(above, below) if a is not None and b]
    value = top / bottom
    return Figure(value, min(single + [value]), max(single + [value]), min(len(known(above)), len(known(below))), size)


def worst(figures, more_is_better):
    figures = known(figures)
    if not figures:
        return None
    return (min if more_is_better else max)(figures, key=lambda figure: figure.value)


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    must: float  # None: nothing is asked
    reach: float
    more_is_better: bool
    octave: Figure
    large: Figure
    unit: str = "x"  # or "": a count

    def verdict(self):
        figure = worst([self.octave, self.large], self.more_is_better)
        if figure is None or self.must is None:
            return "-"
        better = (lambda a, b: a >= b) if self.more_is_better else (lambda a, b: a <= b)
        if better(figure.value, self.reach):
            return "reached"
        if better(figure.value, self.must):
            return "met"
        if not self.must:
            return f"{MISSED} {format_value(figure.value, self.unit)}"
        return f"{MISSED} {100 * abs(figure.value / self.must - 1):.0f} %"


# ---- a peer's best ----

def fill_of(record):
    return record.fill_ns(record.counter("entries"))


def hit_of(record):
    """Over all of its stops."""
    count, ns = (sum(row[i] for row in record.stops.values()) for i in (2, 3))
    return ns / count if count else None


def rank(wish, store, peers, make_cell, figure, repetitions):
    """{(peer, policy): [(ns, allocator), ...]}: those measured most often first, and of them the fastest; those without a
    figure are left out."""
    ranks = {}
    for peer in peers:
        for policy in wish.policies:
            found = [(known(store.figures(make_cell(wish, peer, a, policy), repetitions, figure)), a)
                     for a in wish.candidates]
            ordered = sorted((-len(values), median(values), a) for values, a in found if values)
            ranks[peer, policy] = [(ns, allocator) for _, ns, allocator in ordered]
    return ranks


def ranks_of(wish, store, repetitions=CHOOSE_REPETITIONS):
    return {"fill": rank(wish, store, wish.peers, choose_fill_cell, fill_of, repetitions),
            "hit": rank(wish, store, wish.peers, choose_hit_cell, hit_of, repetitions),
            "single": rank(wish, store, single_peers(wish), choose_single_cell, fill_of, repetitions)}


def fastest_of(ranks):
    """{metric: {(peer, policy): the allocators that are left}}"""
    return {metric: {key: [allocator for _, allocator in pairs[:CHOOSE_FROM]] for key, pairs in found.items()}
            for metric, found in ranks.items()}


def best_of(ranks):
    """{(peer, policy): {metric: allocator}}; a metric of which nothing is known has no entry."""
    best = {}
    for metric, found in ranks.items():
        for key, pairs in found.items():
            best.setdefault(key, {})
            if pairs:
                best[key][metric] = pairs[0][1]
    return best


# ---- the table ----

class Table:
    """All rows of one page policy."""

    def __init__(self, wish, store, best, policy):
        self.wish, self.store, self.best, self.policy = wish, store, best, policy
        self.reps = wish.repetitions

    def name(self, table):
        """As the rows call it: a stand-in says so."""
        return next((role for role, name in self.wish.own.items() if name == table), table)

    def allocator(self, table, metric):
        if table in self.wish.own.values() or table == self.wish.floor:
            return self.wish.own_allocator
        return self.best[table, self.policy].get(metric)

    def cell(self, table, metric, entries):
        """Where a metric of the octave, or of the large size, is found."""
        kinds = {"fill": ("find", "throughput", 32), "hit": ("find", "throughput", 32),
                 "single": ("fill", "throughput", 1), "latency": ("fill", "latency", 32)}
        workload, mode, batch = kinds[metric]
        stops = OCTAVE_STOPS if workload == "find" and entries == self.wish.entries else 1
        return Cell(workload, table, self.allocator(table, metric), entries, mode, self.policy, batch, stops)

    def times(self, table, metric, size):
        """ns an operation, a value a repetition."""
        top = self.wish.large if size == self.wish.large else self.wish.entries
        if table == self.wish.floor:
            cell = Cell("fill", table, self.wish.own_allocator, size, thp=self.policy)
        else:
            cell = self.cell(table, metric, top)
        figure = (lambda r: r.hit_ns(size)) if metric == "hit" else (lambda r: r.fill_ns(size))
        return self.store.figures(cell, self.reps, figure)

    def ratio(self, metric, above, below, size):
        return quotient(self.times(above, metric, size), self.times(below, metric, size), size)

    def times_over(self, name, metric, above, below, must, reach, more_is_better):
        """above's time over below's, at the worst of the octave's sizes and at the large one."""
        sizes = self.wish.floor_sizes() if self.wish.floor in (above, below) else self.wish.octave_sizes()
        octave = worst([self.ratio(metric, above, below, size) for size in sizes], more_is_better)
        large = self.ratio(metric, above, below, self.wish.large) if self.wish.large else None
        return Row(name, must, reach, more_is_better, octave, large)

    def counted(self, table, metric, entries, figure, summary=of_values):
        return summary(self.store.figures(self.cell(table, metric, entries), self.reps, figure)) if entries else None

    def counter_row(self, name, table, metric, counter, must, reach, more_is_better, unit="x", summary=of_values):
        figure = lambda r: r.counter(counter)  # noqa: E731
        return Row(name, must, reach, more_is_better,
                   self.counted(table, metric, self.wish.entries, figure, summary),
                   self.counted(table, metric, self.wish.large, figure, summary), unit)

    def memory_row(self, role, must, reach):
        table = self.wish.own[role]
        row = self.counter_row(f"`{role}` worst\\_rss\\_ratio from 2^20 entries on", table, "fill", "worst_rss_ratio",
                               must, reach, False)
        at = self.counted(table, "fill", self.wish.entries, lambda r: r.counter("worst_rss_entries"))
        if row.octave and at:
            row = dataclasses.replace(row, octave=dataclasses.replace(row.octave, size=int(at.value)))
        return row

    def beyond_control(self, table, entries):
        """Inserts over 1 ms, less the gaps of a loop beside them that did nothing."""
        if not entries:
            return None
        cell = self.cell(table, "latency", entries)
        long = self.store.figures(cell, self.reps, lambda r: r.counter("insert_over_1ms_count"))
        control = self.store.figures(cell, self.reps, lambda r: r.counter("hiccup_over_1ms_count"))
        if median(long) is None or median(control) is None:
            return None
        single = [max(0, a - b) for a, b in zip(long, control) if a is not None and b is not None]
        return Figure(max(0, median(long) - median(control)), min(single), max(single), len(single),
                      note=f"{median(long):g} against {median(control):g}")

    def rows(self):
        own, absl, others = self.wish.own, self.wish.peers[0], self.wish.peers[1:]
        gradual, paged, dense = own["linear_gradual"], own["paged"], own["dense"]
        rows = [self.times_over(f"`linear_gradual` fill over `{absl}`", "fill", absl, gradual, 1.5, 3, True),
                self.times_over(f"`paged` fill over `{absl}`", "fill", absl, paged, 1.3, 2.5, True)]
        rows += [self.times_over(f"`{role}` fill over `floor`'s time", "fill", own[role], self.wish.floor, 4, 2, False)
                 for role in ("linear_gradual", "paged")]
        rows.append(self.times_over(f"`linear_gradual` fill, one at a time, over `{absl}`", "single", absl, gradual,
                                    1.2, 2, True))
        for role, must, reach in (("linear_gradual", 1.5, 3), ("paged", 1.2, 2.5), ("dense", 0.8, 1.2)):
            rows.append(self.times_over(f"`{role}` hits over `{absl}`", "hit", absl, own[role], must, reach, True))
        for peer in others:
            rows += [self.times_over(f"`linear_gradual` fill over `{peer}`", "fill", peer, gradual, None, None, True),
                     self.times_over(f"`linear_gradual` hits over `{peer}`", "hit", peer, gradual, None, None, True)]
        rows += [self.memory_row("paged", 1.5, 1.3), self.memory_row("dense", 1.6, 1.45),
                 self.counter_row("`dense` base\\_moves", dense, "fill", "base_moves", 0, 0, False, ""),
                 self.counter_row("`dense` moves\\_per\\_entry", dense, "fill", "moves_per_entry", 0, 0, False, "")]
        most = lambda values: dataclasses.replace(of_values(values), value=max(known(values))) \
            if known(values) else None  # noqa: E731
        for role, table in own.items():
            rows.append(self.counter_row(f"`{role}` most entries moved by one operation", table, "latency",
                                         "migrated_max_entries", 4096, 1024, False, "", most))
        # The floor never grows: what it has of these is the machine's, such as first touches of its memory.
        asked = [(role, table, 0, 0, 0.9, 0.98) for role, table in own.items()]
        asked.append((self.wish.floor, self.wish.floor, None, None, None, None))
        for role, table, must, reach, _, _ in asked:
            rows.append(Row(f"`{role}` inserts over 1 ms beyond the control's gaps", must, reach, False,
                            self.beyond_control(table, self.wish.entries),
                            self.beyond_control(table, self.wish.large), ""))
        for role, table, _, _, must, reach in asked:
            rows.append(self.counter_row(f"`{role}` utilisation\\_100ms\\_ratio", table, "latency",
                                         "utilisation_100ms_ratio", must, reach, True, ""))
        return rows

    def times_table(self):
        """[(table, allocator, metric, lowest and highest median of the octave, at the large size)]"""
        lines = []
        wanted = [(t, m) for t in [*self.wish.own.values(), *self.wish.peers] for m in ("fill", "single", "hit")
                  if self.allocator(t, m)]
        for table, metric in wanted + [(self.wish.floor, "fill")]:
            medians = known(median(self.times(table, metric, size)) for size in self.wish.octave_sizes())
            large = median(self.times(table, metric, self.wish.large)) if self.wish.large else None
            if medians:
                lines.append((self.name(table), self.allocator(table, metric), metric, min(medians), max(medians),
                              large))
        return lines


# ---- as Markdown ----

def format_size(size):
    return "" if size is None else f"{size / 1e6:.1f} M" if size >= 1e6 else f"{size}"


def format_value(value, unit):
    return f"{value:.2f}{unit}" if unit or value != int(value) else f"{int(value)}"


def format_figure(figure, unit, repetitions):
    if figure is None:
        return "-"
    text, low, high = (format_value(value, unit) for value in (figure.value, figure.low, figure.high))
    if low != high:
        text += f" ({low} to {high})"
    if figure.note:
        text += f", {figure.note}"
    return text if figure.count >= repetitions else f"{text}, {figure.count} of {repetitions} runs"


def format_row(row, repetitions):
    asked = ["-" if asked is None else f"{asked:g}{row.unit}" for asked in (row.must, row.reach)]
    size = row.octave.size if row.octave else None
    return "| " + " | ".join([row.name, *asked, format_figure(row.octave, row.unit, repetitions),
                              format_size(size), format_figure(row.large, row.unit, repetitions),
                              row.verdict()]) + " |"
