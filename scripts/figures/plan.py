# SPDX-License-Identifier: MIT
"""What is to be measured, as cells and as calls of growbench. Pure: nothing is run and no file is read.

A call is one repetition of the cells that differ in table and allocator only, and for the floor in size: growbench
shuffles them. Calls of a repetition come one after the other, then those of the next one, so that whatever the machine
does in an hour it does to all.
"""
import dataclasses
import math
import re

FILTER_BYTES = 255  # what growbench takes
CHOOSE_STOPS = 4
OCTAVE_STOPS = 16


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
                f"--reps={self.repetition + 1}", f"--benchmark_filter={pattern}"]


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


def one_call_a_policy(name, repetition, cells):
    by_policy = {}
    for cell in cells:
        by_policy.setdefault(cell.thp, []).append(cell)
    return [Call(f"{name}, thp:{policy}", repetition, tuple(dict.fromkeys(group)))
            for policy, group in by_policy.items()]


# ---- which allocator is a peer's best ----

CHOOSE_REPETITIONS = 2
CHOOSE_SINGLE_REPETITIONS = 2
CHOOSE_SINGLE_OF = 3


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
    return [call for repetition in range(CHOOSE_REPETITIONS) for peer in wish.peers
            for kind, make_cell in (("fills", choose_fill_cell), ("look-ups", choose_hit_cell)) for call in
            one_call_a_policy(f"best allocator of {peer}, {kind}", repetition,
                              [make_cell(wish, peer, a, p) for p in wish.policies for a in wish.candidates])]


def choose_single_calls(wish, fastest):
    """fastest[peer, policy]: the allocators that are left, by the batched fill."""
    return [call for repetition in range(CHOOSE_SINGLE_REPETITIONS) for peer in single_peers(wish) for call in
            one_call_a_policy(f"best allocator of {peer}, one at a time", repetition,
                              [choose_single_cell(wish, peer, a, p) for p in wish.policies
                               for a in fastest[peer, p]])]


# ---- the matrix ----

def contenders(wish, best, policy, metric):
    """(table, allocator), ours and the peers with the best allocator for the metric."""
    own = [(table, wish.own_allocator) for table in wish.own.values()]
    return own + [(peer, best[peer, policy][metric]) for peer in wish.peers]


def singles(wish, best, policy):
    """One at a time is asked of linear_gradual alone."""
    return [(wish.own["linear_gradual"], wish.own_allocator)] + \
        [(peer, best[peer, policy]["single"]) for peer in single_peers(wish)]


def fill_cells(wish, best, entries):
    return [Cell("fill", table, allocator, entries, thp=policy) for policy in wish.policies
            for table, allocator in contenders(wish, best, policy, "fill")]


def find_cells(wish, best, entries, stops):
    return [Cell("find", table, allocator, entries, thp=policy, stops=stops) for policy in wish.policies
            for table, allocator in contenders(wish, best, policy, "hit")]


def large_cells(wish, best):
    """One stop does not disturb the fill before it."""
    return [Cell("find", table, allocator, wish.large, thp=policy) for policy in wish.policies
            for metric in ("fill", "hit") for table, allocator in contenders(wish, best, policy, metric)]


def single_cells(wish, best, entries):
    return [Cell("fill", table, allocator, entries, thp=policy, batch=1) for policy in wish.policies
            for table, allocator in singles(wish, best, policy)]


def latency_cells(wish, entries):
    return [Cell("fill", table, wish.own_allocator, entries, mode="latency", thp=policy)
            for policy in wish.policies for table in (*wish.own.values(), wish.floor)]


def floor_cells(wish, sizes):
    return [Cell("fill", wish.floor, wish.own_allocator, entries, thp=policy)
            for policy in wish.policies for entries in sizes]


def matrix_calls(wish, best):
    calls = []
    for repetition in range(wish.repetitions):
        parts = [("octave, fills", fill_cells(wish, best, wish.entries)),
                 ("octave, look-ups", find_cells(wish, best, wish.entries, OCTAVE_STOPS)),
                 ("octave, one at a time", single_cells(wish, best, wish.entries)),
                 ("octave, latencies", latency_cells(wish, wish.entries)),
                 ("octave, floor", floor_cells(wish, wish.octave_sizes()))]
        if wish.large:
            parts += [("large, batched", large_cells(wish, best)),
                      ("large, one at a time", single_cells(wish, best, wish.large)),
                      ("large, floor", floor_cells(wish, [wish.large]))]
            if repetition < wish.large_latency_repetitions:
                parts.append(("large, latencies", latency_cells(wish, wish.large)))
        calls += [call for name, cells in parts for call in one_call_a_policy(name, repetition, cells)]
    return calls


# ---- how long it takes ----

# ns an operation on the machine it was written on, 4 KiB pages: fill, one at a time, latency mode, look-up. Only for the
# estimate before the first call; from then on the calls that are done tell.
COSTS = {"absl_flat": (110, 320, 420, 70), "rust_hashbrown": (120, 350, 450, 80), "floor": (35, 150, 260, 5),
         "linear_gradual": (65, 240, 320, 45), "dense": (210, 350, 600, 65)}
OTHER_COSTS = (110, 300, 450, 55)
FINDS = 1 << 22
PROCESS_SECONDS = 0.4
CALL_SECONDS = 0.3
TOUCH_SECONDS_A_GIB = 1  # before each process: four times the payload, 4 GiB at most


def cell_seconds(cell):
    fill, single, latency, find = COSTS.get(cell.table, OTHER_COSTS)
    insert = latency if cell.mode == "latency" else single if cell.batch == 1 else fill
    look_ups = 2 * cell.stops * min(FINDS, cell.entries) if cell.workload == "find" else 0
    touched_gib = min(4 * 16 * cell.entries / 2 ** 30, 4)
    operations_ns = cell.entries * (insert + find) + look_ups * find  # all is looked up once more
    return PROCESS_SECONDS + TOUCH_SECONDS_A_GIB * touched_gib + 1e-9 * operations_ns


def call_seconds(call):
    return CALL_SECONDS + sum(cell_seconds(cell) for cell in call.cells)
