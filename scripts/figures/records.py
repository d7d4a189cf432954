# SPDX-License-Identifier: MIT
"""What a run folder holds, by cell and repetition, and the figures of one process at one size."""
import bisect
import functools
import json
import pathlib


class Record:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        with open(self.folder / "record.json", encoding="utf-8") as file:
            self.json = json.load(file)

    @property
    def is_ok(self):
        return self.json["status"] == "OK"

    def counter(self, name):
        """None: this mode, or this table, has none."""
        return self.json["counters"].get(name)

    def rows(self, file):
        """A .tsv as lists of numbers; [] where there is none."""
        path = self.folder / file
        if not path.exists():
            return []
        with open(path, encoding="utf-8") as lines:
            next(lines, None)
            return [[float(word) for word in line.split("\t")] for line in lines]

    @functools.cached_property
    def stops(self):
        return {int(row[0]): row for row in self.rows("stops.tsv")}

    @functools.cached_property
    def series(self):
        return self.rows("series.tsv")

    def fill_ns(self, entries):
        """ns an insert of the fill up to so many entries: a fill passes all sizes below its own. None: not known."""
        if entries in self.stops:
            return self.stops[entries][1] / entries
        if self.json["workload"] != "fill":
            return None
        if entries == self.counter("entries"):
            return self.counter("timed_ns") / entries
        seconds = between([(row[0], row[1]) for row in self.series], entries)
        return None if seconds is None else seconds * 1e9 / entries

    def hit_ns(self, entries):
        row = self.stops.get(entries)
        return row[3] / row[2] if row and row[2] else None

    def memory(self, least_entries):
        """(entries, largest resident in the interval from there over the payload there), as worst_rss_ratio has it."""
        points = []
        for before, row in zip(self.series, self.series[1:]):
            if before[0] >= least_entries:
                points.append((before[0], row[3] / (before[0] * self.json["entry-bytes"])))
        return points


def between(points, x):
    """y at x on the line through points whose x does not fall; None outside."""
    at = bisect.bisect_left(points, (x,))
    if at == len(points) or (at == 0 and points[0][0] != x):
        return None
    x1, y1 = points[at]
    if x1 == x:
        return y1
    x0, y0 = points[at - 1]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


class Store:
    """Records are read once each."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.records = {}

    def path(self, cell, repetition):
        return self.folder / "cells" / cell.folder / str(repetition)

    def has(self, cell, repetition):
        return (self.path(cell, repetition) / "record.json").exists()

    def record(self, cell, repetition):
        """None: not run yet."""
        key = cell.id, repetition
        if key not in self.records and self.has(cell, repetition):
            self.records[key] = Record(self.path(cell, repetition))
        return self.records.get(key)

    def figures(self, cell, repetitions, figure):
        """figure(record) of each repetition, None where there is none or it did not end OK."""
        records = [self.record(cell, r) for r in range(repetitions)]
        return [figure(r) if r and r.is_ok else None for r in records]

    def failures(self, cells, repetitions):
        """{id: what it said} of those that did not end OK."""
        said = {}
        for cell in cells:
            for r in range(repetitions):
                record = self.record(cell, r)
                if record and not record.is_ok and cell.id not in said:
                    said[cell.id] = f"{record.json['status']}: {record.json['message']}"
        return said
