#!/usr/bin/env python3
"""A table of 30 columns that depend on each other, of any number of rows, for measuring time and memory.

    python benches/tables/generated.py OUT.parquet ROWS

Ten numbers (skewed, rounded, with a heap at 0 or missing ones, two of them with heavy tails and cents), twelve categories of 2 to 1,000 values, three whole numbers, two booleans, a day, a second
and an identifier. Three hidden normal numbers a row are what they share. Written in groups of 100,000 rows, each of which has a generator of its own, so that fewer rows are the beginning of more. Wants numpy and pyarrow.
"""
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 100_000
HIDDEN = 3
DAY_MS = 86_400_000
START_MS = 1_577_836_800_000  # 2020-01-01


def group(index, rows):
    generator = np.random.default_rng([2024, index])
    hidden = generator.standard_normal((rows, HIDDEN))
    columns = {}

    def mixed(column):
        """A standard normal number for each row, three quarters of whose variance the hidden ones explain."""
        weights = np.random.default_rng([7, column]).standard_normal(HIDDEN)
        return hidden @ weights / np.linalg.norm(weights) * 0.75**0.5 + 0.5 * generator.standard_normal(rows)

    for k in range(10):
        values = np.round(np.exp(1.5 * mixed(k) + 7), 2) if k >= 8 else np.round(np.exp(0.7 * mixed(k) + 3), k % 3)
        if k % 3 == 1:
            values = np.where(mixed(100 + k) > 0.3, values, 0.0)
        columns[f"amount_{k}"] = pa.array(values, mask=generator.random(rows) < 0.05 if k % 4 == 3 else None)
    for k, count in enumerate((2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 60, 1000)):
        # Shares fall geometrically with the value's number.
        code = np.clip(np.floor(count / 6 * np.log1p(np.exp(1.5 * mixed(20 + k)))), 0, count - 1).astype(np.int32)
        columns[f"kind_{k}"] = pa.DictionaryArray.from_arrays(code, [f"value {v}" for v in range(count)]).cast(pa.string())
    columns["client_id"] = pa.array(np.arange(index * GROUP, index * GROUP + rows) + 1)
    for k in range(3):
        columns[f"count_{k}"] = pa.array(np.clip(np.round(3 + 4 * mixed(40 + k)), 0, 90).astype(np.int64))
    for k in range(2):
        columns[f"flag_{k}"] = pa.array(mixed(50 + k) > 0.8)
        day = np.clip(800 + 400 * mixed(60 + k), 0, 1_999).astype(np.int64)
        second = generator.integers(0, 86_400, rows) if k else 0
        columns[f"moment_{k}"] = pa.array(START_MS + day * DAY_MS + second * 1000).cast(pa.timestamp("ms"))
    return pa.table(columns)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    rows, writer = int(sys.argv[2]), None
    for index in range(-(-rows // GROUP)):
        table = group(index, min(GROUP, rows - index * GROUP))
        writer = writer or pq.ParquetWriter(sys.argv[1], table.schema)
        writer.write_table(table)
    writer.close()


if __name__ == "__main__":
    main()
