#!/usr/bin/env python3
"""Lets a peer learn a table and make as many rows; prints one JSON object with its seconds.

    python benches/tables/peers.py cart|mostlyai|copula TRAIN OUT

Seconds, of wall time and processor, are those of learning and of making rows; imports, reading and writing are in none of them.

- `cart` (scikit-learn): synthpop's method (Nowok, Raab & Dibben 2016). Each column gets a tree over the columns before it, as they lie in the file, at least five rows to a leaf;
  a new value is that of a row drawn from the leaf. Texts are one-hot. The first column is drawn with replacement, nothing is smoothed.
- `mostlyai`: TabularARGN of mostlyai-engine with its defaults, on the CPU.
- `copula`: SDV's GaussianCopulaSynthesizer with its defaults; texts, and numbers of at most ten values, are categories.
"""
import argparse
import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")
import numpy as np
import pandas as pd

SEED = 2024
# Stands for missing among the numbers: trees need one.
MISSING = -999_999


class Cart:
    def __init__(self, table):
        self.table, self.trees = table, []
        self.levels = {name: {value: code for code, value in enumerate(column.dropna().unique())}
                       for name, column in table.items() if column.dtype.kind not in "if"}

    def codes(self, table, name):
        if name in self.levels:
            return table[name].map(self.levels[name]).fillna(-1).astype(int).to_numpy()
        return table[name].fillna(MISSING).to_numpy()

    def inputs(self, table, names):
        blocks = []
        for name in names:
            codes = self.codes(table, name)[:, None]
            blocks.append((codes == np.arange(len(self.levels[name])) if name in self.levels else codes).astype(np.float32))
        return np.hstack(blocks)

    def learn(self):
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        names = list(self.table.columns)
        for index, name in enumerate(names[1:], 1):
            tree = (DecisionTreeClassifier if name in self.levels else DecisionTreeRegressor)(min_samples_leaf=5, random_state=SEED)
            x = self.inputs(self.table, names[:index])
            leaf = tree.fit(x, self.codes(self.table, name)).apply(x)
            order = np.argsort(leaf, kind="stable")
            counts = np.bincount(leaf, minlength=tree.tree_.node_count)
            self.trees.append((name, tree, self.table[name].to_numpy()[order], np.cumsum(counts) - counts, counts))

    def make(self):
        generator, count = np.random.default_rng(SEED), len(self.table)
        names = list(self.table.columns)
        made = pd.DataFrame({names[0]: generator.choice(self.table[names[0]].to_numpy(), count)})
        for index, (name, tree, donors, starts, counts) in enumerate(self.trees, 1):
            leaf = tree.apply(self.inputs(made, names[:index]))
            made[name] = donors[starts[leaf] + (generator.random(count) * counts[leaf]).astype(int)]
        return made


class MostlyAi:
    def __init__(self, table):
        from mostlyai.engine import TabularARGN

        self.table, self.model = table, TabularARGN(random_state=SEED, device="cpu", verbose=0)

    def learn(self):
        self.model.fit(self.table)

    def make(self):
        return self.model.sample(n_samples=len(self.table))


class Copula:
    def __init__(self, table):
        from sdv.metadata import Metadata
        from sdv.single_table import GaussianCopulaSynthesizer

        metadata = Metadata.detect_from_dataframes({"table": table})
        metadata.remove_primary_key(table_name="table")
        # Otherwise some columns are taken for personal data and invented.
        for name, column in table.items():
            number = column.dtype.kind in "if" and column.nunique() > 10
            metadata.update_column(column_name=name, sdtype="numerical" if number else "categorical", table_name="table")
        self.table, self.model = table, GaussianCopulaSynthesizer(metadata)

    def learn(self):
        self.model.fit({"table": self.table})

    def make(self):
        return self.model.sample(num_rows=len(self.table))["table"]


PEERS = {"cart": Cart, "mostlyai": MostlyAi, "copula": Copula}


def now():
    """Seconds of wall time and of the processor, ended children included."""
    return np.array([time.monotonic(), sum(os.times()[:4])])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("train")
    parser.add_argument("out")
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.train, low_memory=False)
    # The libraries also print; the answer alone goes to standard output.
    answer = os.dup(1)
    os.dup2(2, 1)
    peer = PEERS[arguments.peer](table)
    started = now()
    peer.learn()
    learned = now()
    made = peer.make()
    done = now()
    made[table.columns].to_csv(arguments.out, index=False)
    (learn, learn_cpu), (make, make_cpu) = learned - started, done - learned
    sys.stdout.flush()
    os.dup2(answer, 1)
    print(json.dumps({"learn_s": learn, "learn_cpu_s": learn_cpu, "make_s": make, "make_cpu_s": make_cpu}))


if __name__ == "__main__":
    main()
