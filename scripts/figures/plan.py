# SPDX-License-Identifier: MIT
"""What is to be measured, as cells and as calls of growbench. Pure: nothing is run and no file is read.

A call is one repetition of the cells that differ in table and allocator only, and for the floor in size: growbench
shuffles them. Calls of a repetition come one after the other, then those of the next one, so that whatever the machine
does in an hour it does to all. A cell's repetitions do the very same operations: in the octave the first looks up every
entry when the clock has stopped, all others a sample.
"""
import dataclasses
import math
import re

FILTER_BYTES = 255  # what growbench takes
CHOOSE_STOPS = 4
OCTAVE_STOPS = 16
FLOOR_EVERY = 4  # of these sizes one has a floor: it is a process a size


@dataclasses.dataclass(frozen=True)
class Cell:
    workload: str
    table: str
    allocator: str
    entries: int
    mode: str = "throughput"
    thp: str = "system"
    batch: int = 32
    stops: int = 1

    @property
    def id(self):
        parts = [self.workload, self.table, self.allocator, f"entries:{self.entries}", f"mode:{self.mode}"]
        parts += [f"thp:{self.thp}"] if self.thp != "system" else []
        parts += [f"batch:{self.batch}"] if self.batch != 32 else []
        parts += [f"stops:{self.stops}"] if self.stops != 1 else []
        return "/".join(parts)

    @property
    def folder(self):
        return self.id.replace("/", "_")


@dataclasses.dataclass(frozen=True)
class Call:
    name: str
    repetition: int  # from 0
    cells: tuple
    verify: str = "sample"

    def arguments(self):
        """Of `growbench run`: every axis that any call sets, for those of the calls before would hold on."""
        first = self.cells[0]
        lists = {axis: list(dict.fromkeys(str(getattr(c, axis)) for c in self.cells))
                 for axis in ("table", "allocator", "entries")}
        by_allocator = {}
        for cell in self.cells:
            by_allocator.setdefault(cell.allocator, {})[cell.table] = None
        by_tables = {}
        for allocator, tables in by_allocator.items():
            by_tables.setdefault(tuple(tables), []).append(re.escape(allocator))
        pattern = "|".join(f"/({'|'.join(tables)})/({'|'.join(allocators)})/"
                           for tables, allocators in by_tables.items())
        if len(by_tables) == 1:
            pattern = "."  # all of the matrix
        if len(pattern) > FILTER_BYTES:
            raise ValueError(f"too many tables and allocators for one call: {pattern}")
        return [f"--workload={first.workload}", f"--table={','.join(lists['table'])}",
                f"--alloc={','.join(lists['allocator'])}", f"--entries={','.join(lists['entries'])}",
                f"--mode={first.mode}", f"--thp={first.thp}", f"--batch={first.batch}", f"--stops={first.stops}",
                f"--verify={self.verify}", f"--reps={self.repetition + 1}", f"--benchmark_filter={pattern}"]


@dataclasses.dataclass
class Wish:
    """What somebody asked for. `own`: the tables that play linear_gradual, paged and dense."""
    own: dict
    peers: list
    floor: str
    own_allocator: str
    candidates: list  # allocators that the peers may have
    policies: list
    entries: int  # the octave's upper end
    large: int  # 0: none
    repetitions: int
    large_latency_repetitions: int

    def octave_sizes(self):
        half = self.entries // 2
        sizes = [math.floor(half * 2 ** (i / OCTAVE_STOPS) + 0.5) for i in range(1, OCTAVE_STOPS)]
        return sizes + [self.entries]

    def floor_sizes(self):
        return self.octave_sizes()[FLOOR_EVERY - 1::FLOOR_EVERY]


def one_call_a_policy(name, repetition, cells, verify="sample"):
    by_policy = {}
    for cell in cells:
        by_policy.setdefault(cell.thp, []).append(cell)
    return [Call(f"{name}, thp:{policy}", repetition, tuple(dict.fromkeys(group)), verify)
            for policy, group in by_policy.items()]


# ---- which allocator is a peer's best ----

CHOOSE_REPETITIONS = 2
CHOOSE_FROM = 3  # that many of the first repetition have another; and of the batched fill, one at a time


def single_peers(wish):
    """Inserts one at a time are asked of the first alone."""
    return wish.peers[:1]


def choose_fill_cell(wish, peer, allocator, policy):
    return Cell("fill", peer, allocator, wish.entries // 4, thp=policy)


def choose_hit_cell(wish, peer, allocator, policy):
    return Cell("find", peer, allocator, wish.entries // 4, thp=policy, stops=CHOOSE_STOPS)


def choose_single_cell(wish, peer, allocator, policy):
    return Cell("fill", peer, allocator, wish.entries // 4, thp=policy, batch=1)


def choose_calls(wish):
    """The first repetition of all."""
    everybody = {(peer, policy): wish.candidates for peer in wish.peers for policy in wish.policies}
    return choose_among(wish, everybody, everybody, 0)


def choose_again_calls(wish, fastest):
    """fastest[metric][peer, policy]: the allocators that are left, by the batched fill and by look-ups."""
    return [call for repetition in range(1, CHOOSE_REPETITIONS)
            for call in choose_among(wish, fastest["fill"], fastest["hit"], repetition)] + \
        [call for repetition in range(CHOOSE_REPETITIONS) for peer in single_peers(wish) for call in
         one_call_a_policy(f"best allocator of {peer}, one at a time", repetition,
                           [choose_single_cell(wish, peer, a, p) for p in wish.policies
                            for a in fastest["fill"][peer, p]])]


def choose_among(wish, fills, hits, repetition):
    return [call for peer in wish.peers
            for kind, make_cell, some in (("fills", choose_fill_cell, fills), ("look-ups", choose_hit_cell, hits))
            for call in one_call_a_policy(f"best allocator of {peer}, {kind}", repetition,
                                          [make_cell(wish, peer, a, p) for p in wish.policies for a in some[peer, p]])]


# ---- the matrix ----

def contenders(wish, best, policy, metric):
    """(table, allocator), ours and the peers with the best allocator for the metric."""
    own = [(table, wish.own_allocator) for table in wish.own.values()]
    return own + [(peer, best[peer, policy][metric]) for peer in wish.peers]


def singles(wish, best, policy):
    """One at a time is asked of linear_gradual alone."""
    return [(wish.own["linear_gradual"], wish.own_allocator)] + \
        [(peer, best[peer, policy]["single"]) for peer in single_peers(wish)]


def find_cells(wish, best, entries, stops):
    """Each fills and looks up: where a peer's best allocators for that differ, with either."""
    return [Cell("find", table, allocator, entries, thp=policy, stops=stops) for policy in wish.policies
            for metric in ("fill", "hit") for table, allocator in contenders(wish, best, policy, metric)]


def single_cells(wish, best, entries):
    return [Cell("fill", table, allocator, entries, thp=policy, batch=1) for policy in wish.policies
            for table, allocator in singles(wish, best, policy)]


def latency_cells(wish, entries, tables):
    return [Cell("fill", table, wish.own_allocator, entries, mode="latency", thp=policy)
            for policy in wish.policies for table in tables]


def floor_cells(wish, sizes):
    return [Cell("fill", wish.floor, wish.own_allocator, entries, thp=policy)
            for policy in wish.policies for entries in sizes]


def matrix_calls(wish, best):
    own = list(wish.own.values())
    octave = [("octave, batched", find_cells(wish, best, wish.entries, OCTAVE_STOPS)),
              ("octave, one at a time", single_cells(wish, best, wish.entries)),
              ("octave, latencies", latency_cells(wish, wish.entries, own)),
              ("octave, floor", floor_cells(wish, wish.floor_sizes()))]
    floor_latencies = latency_cells(wish, wish.entries, [wish.floor])
    calls = repeated(octave, 1, "all") + repeated([("octave, latencies of the floor", floor_latencies)], 1, "all")
    calls += [call for call in repeated(octave, wish.repetitions) if call.repetition]
    if wish.large:
        large = [("large, batched", find_cells(wish, best, wish.large, 1)),
                 ("large, one at a time", single_cells(wish, best, wish.large)),
                 ("large, floor", floor_cells(wish, [wish.large]))]
        calls += repeated(large, wish.repetitions)
        calls += repeated([("large, latencies", latency_cells(wish, wish.large, [*own, wish.floor]))],
                          wish.large_latency_repetitions)
    return calls


def repeated(parts, repetitions, verify="sample"):
    return [call for repetition in range(repetitions) for name, cells in parts
            for call in one_call_a_policy(name, repetition, cells, verify)]


# ---- how long it takes ----

# ns an operation on the machine it was written on, 4 KiB pages: fill, one at a time, latency mode, look-up. Only for the
# estimate before the first call; from then on the calls that are done tell.
COSTS = {"absl_flat": (95, 150, 420, 60), "rust_hashbrown": (110, 200, 450, 70), "floor": (25, 40, 260, 5),
         "linear_gradual": (60, 110, 400, 40), "dense": (150, 250, 500, 60)}
OTHER_COSTS = (80, 200, 400, 50)
FINDS = 1 << 22
SAMPLE = 1 << 22
PROCESS_SECONDS = 0.4
CALL_SECONDS = 0.3
# Where the host takes memory back: a call begins with touching up to so much, and a process with what the last one took.
TOUCH_SECONDS_A_GIB, HELD_TO_NEEDED, MOST_HELD_GIB = 0.6, 8, 18


def cell_seconds(cell, verify):
    fill, single, latency, find = COSTS.get(cell.table, OTHER_COSTS)
    insert = latency if cell.mode == "latency" else single if cell.batch == 1 else fill
    finds = 2 * cell.stops * min(FINDS, cell.entries) if cell.workload == "find" else 0
    finds += cell.entries if verify == "all" else min(SAMPLE, cell.entries)
    return PROCESS_SECONDS + TOUCH_SECONDS_A_GIB * needed_gib(cell) / 2 + 1e-9 * (cell.entries * insert + finds * find)


def needed_gib(cell):
    return (2 if cell.table == "floor" else 4) * 16 * cell.entries / 2 ** 30


def call_seconds(call):
    held_gib = min(max(map(needed_gib, call.cells)) * HELD_TO_NEEDED, MOST_HELD_GIB)
    return CALL_SECONDS + TOUCH_SECONDS_A_GIB * held_gib + sum(cell_seconds(cell, call.verify) for cell in call.cells)
