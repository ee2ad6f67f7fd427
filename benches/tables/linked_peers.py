#!/usr/bin/env python3
"""Lets a peer learn linked tables and make as many; prints one JSON object with its seconds. Called by `linked.py`.

    python benches/tables/linked_peers.py hma|mostlyai SPEC PREFIX OUT MINUTES

PREFIX is folder and beginning of the names of the CSV files. Public tables are tables like others to both: neither keeps any as it is.

- `hma`: SDV's HMASynthesizer with its defaults; keys are of sdtype `id`, moments are dates, texts and numbers of at most ten values are categories.
- `mostlyai`: TabularARGN of mostlyai-engine on the CPU. Tables without an owner are learned alone, others as sequences with their owner as context, in their order; at most MINUTES / 2
  of training for each table. A reference beside the owner's is drawn evenly.
"""
import json
import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "2")
warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd

SEED = 2024


def owner_of(spec, name):
    for column, target in spec["tables"][name]["references"].items():
        if not spec["tables"][target]["public"]:
            return column, target
    return None


class Hma:
    def __init__(self, spec, tables, _):
        from sdv.metadata import Metadata
        from sdv.multi_table import HMASynthesizer

        metadata = Metadata()
        for name, about in spec["tables"].items():
            metadata.add_table(name)
            for column, values in tables[name].items():
                if column == about["key"] or column in about["references"]:
                    metadata.add_column(column, sdtype="id", table_name=name)
                elif column in about["moments"]:
                    metadata.add_column(column, sdtype="datetime", datetime_format="%Y-%m-%d", table_name=name)
                else:
                    number = values.dtype.kind in "if" and values.nunique() > 10
                    metadata.add_column(column, sdtype="numerical" if number else "categorical", table_name=name)
            if about["key"]:
                metadata.set_primary_key(about["key"], table_name=name)
        for name, about in spec["tables"].items():
            for column, target in about["references"].items():
                metadata.add_relationship(target, name, spec["tables"][target]["key"], column)
        self.tables, self.main = tables, spec["root"]
        np.random.seed(SEED)
        self.model = HMASynthesizer(metadata, verbose=False)

    def learn(self):
        self.model.fit(self.tables)

    def make(self):
        return self.model.sample(len(self.tables[self.main]), main_table_name=self.main)


class MostlyAi:
    def __init__(self, spec, tables, minutes):
        self.spec, self.tables, self.models, self.minutes = spec, tables, {}, minutes

    def columns(self, name):
        about = self.spec["tables"][name]
        skip = {about["key"]} | {column for column, target in about["references"].items() if not self.spec["tables"][target]["public"]}
        return [column for column in self.tables[name] if column not in skip]

    def encodings(self, name):
        moments = self.spec["tables"][name]["moments"]
        return {column: "TABULAR_DATETIME" for column in moments} | {column: "TABULAR_CATEGORICAL" for column in self.columns(name) if self.tables[name][column].dtype == object}

    def learn(self):
        from mostlyai.engine import TabularARGN

        options = {"random_state": SEED, "device": "cpu", "verbose": 0, "max_training_time": self.minutes / 2}
        for name, about in self.spec["tables"].items():
            columns, owner, rows = self.columns(name), owner_of(self.spec, name), self.tables[name]
            if about["public"] or not columns:
                continue
            if not owner:
                self.models[name] = TabularARGN(**options, tgt_encoding_types=self.encodings(name)).fit(rows[columns])
                continue
            order = about["order_by"] or next(iter(about["moments"]), None)
            if order:
                rows = rows.sort_values([owner[0], order], kind="stable")
            key = self.spec["tables"][owner[1]]["key"]
            context = self.tables[owner[1]][[key, *self.columns(owner[1])]]
            self.models[name] = TabularARGN(**options, tgt_context_key=owner[0], ctx_data=context, ctx_primary_key=key, tgt_encoding_types=self.encodings(name)).fit(rows[[owner[0], *columns]])

    def make(self):
        made, generator = {}, np.random.default_rng(SEED)
        for name, about in self.spec["tables"].items():
            owner = owner_of(self.spec, name)
            if about["public"]:
                made[name] = self.tables[name]
                continue
            if owner:
                key = self.spec["tables"][owner[1]]["key"]
                rows = self.models[name].sample(ctx_data=made[owner[1]][[key, *self.columns(owner[1])]])
            elif name in self.models:
                rows = self.models[name].sample(n_samples=len(self.tables[name]))
            else:
                rows = pd.DataFrame(index=range(len(self.tables[name])))
            rows = rows.reset_index(drop=True)
            if about["key"]:
                rows[about["key"]] = np.arange(1, len(rows) + 1)
            for column, target in about["references"].items():
                if column not in rows:
                    rows[column] = generator.choice(made[target][self.spec["tables"][target]["key"]], len(rows))
            made[name] = rows
        return made


def main():
    which, spec, prefix, out, minutes = sys.argv[1:]
    with open(spec) as file:
        spec = json.load(file)
    tables = {name: pd.read_csv(f"{prefix}{about['file']}.csv.gz", low_memory=False) for name, about in spec["tables"].items()}
    # The libraries also print; the answer alone goes to standard output.
    answer = os.dup(1)
    os.dup2(2, 1)
    peer = {"hma": Hma, "mostlyai": MostlyAi}[which](spec, tables, float(minutes))
    started = time.monotonic()
    peer.learn()
    learned = time.monotonic()
    made = peer.make()
    done = time.monotonic()
    for name, rows in made.items():
        rows[tables[name].columns].to_csv(f"{out}/{name}.csv", index=False)
    sys.stdout.flush()
    os.dup2(answer, 1)
    print(json.dumps({"learn_s": learned - started, "make_s": done - learned}))


if __name__ == "__main__":
    main()
