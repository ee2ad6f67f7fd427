#!/usr/bin/env python3
"""Would reconstruction from residuals (GReM) tell marginals better than a joint distribution that is fitted to the same noisy counts?

    python benches/privacy/residuals.py TABLE [--epsilon 0.3 1 3 10] [--delta 1e-9] [--populace BINARY] [--iterations 1500] [--triples 120]

TABLE holds `train.csv.gz` and `holdout.csv.gz`. This Python wants dpmm 0.1.9 (whose copy of private-pgm fits the joint distribution), NumPy and pandas. Columns are cut as in `benches/tables/score.py`, for
everyone alike and for nothing. Mean total variation distance of 3-way marginals to the training half, of so many drawn at random:

- *joint*: private-pgm's maximum-entropy distribution, fitted to counts of what `populace learn` chose under this budget, with the noise that it gave them;
- *residuals*: GReM-MLE of the same counts: each is cut into its residuals, those of the same attributes are averaged by their precision, and put together again, what nobody counted being nothing
  (Mullins et al. 2024, "Efficient and Private Marginal Reconstruction with Local Non-Negativity"); put on the simplex of each 3-way marginal;
- *not negative*: the 3-way marginal that is nowhere negative and nearest to these residuals by their precision, what nobody counted being free (GReM-LNN, each marginal for itself);
- *pairs*, *triples*: *not negative* again, of equally precise counts of all columns (a tenth of the budget) and all pairs, or all pairs (two fifths) and triples, which no tree could hold.
"""
import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tables")]
import score  # noqa: E402
from tables import declare, half  # noqa: E402

SEED = 2024
STEPS = 150


def subsets(marginal):
    return [part for ways in range(len(marginal) + 1) for part in itertools.combinations(marginal, ways)]


class Table:
    """Rows as codes of the bins that are there, and counts of them."""

    def __init__(self, train, holdout):
        codes = score.Bins(pd.concat([train, holdout])).codes(train)
        self.names, self.rows = list(codes), len(train)
        found = {name: np.unique(code, return_inverse=True) for name, code in codes.items()}
        self.size = {name: len(values) for name, (values, _) in found.items()}
        self.codes = {name: code for name, (_, code) in found.items()}

    def cells(self, marginal):
        return int(np.prod([self.size[name] for name in marginal]))

    def counts(self, marginal):
        cell = np.zeros(self.rows, np.int64)
        for name in marginal:
            cell = cell * self.size[name] + self.codes[name]
        return np.bincount(cell, minlength=self.cells(marginal)).astype(float).reshape([self.size[name] for name in marginal])

    def residual(self, counts, marginal, part):
        """What the counts of a marginal say of these attributes together beyond what fewer of them say: summed over the others, then centred along each."""
        left = counts.sum(axis=tuple(axis for axis, name in enumerate(marginal) if name not in part))
        for axis in range(np.ndim(left)):
            left = left - left.mean(axis=axis, keepdims=True)
        return left

    def spread(self, residual, part, marginal):
        shape = [self.size[name] if name in part else 1 for name in marginal]
        others = self.cells([name for name in marginal if name not in part])
        return np.broadcast_to(np.reshape(residual, shape) / others, [self.size[name] for name in marginal])

    def residuals(self, measured):
        """For each set of attributes the mean of its residuals by their precision, and that precision."""
        sums = {}
        for marginal, counts, sd in measured:
            for part in subsets(marginal):
                precision = 1 / (sd * sd * self.cells([name for name in marginal if name not in part]))
                sum_, all_ = sums.get(part, (0.0, 0.0))
                sums[part] = sum_ + precision * self.residual(counts, marginal, part), all_ + precision
        return {part: (sum_ / all_, all_) for part, (sum_, all_) in sums.items()}

    def projected(self, counts):
        """The nearest counts that are nowhere negative and come to all rows."""
        descending = np.sort(counts.ravel())[::-1]
        off = (np.cumsum(descending) - self.rows) / np.arange(1, len(descending) + 1)
        return np.maximum(counts - off[np.nonzero(descending > off)[0][-1]], 0)

    def put_together(self, residuals, marginal):
        return self.projected(sum(self.spread(residuals[part][0], part, marginal) for part in subsets(marginal) if part in residuals))

    def not_negative(self, residuals, marginal):
        """Accelerated projected gradient (Nesterov 1983; FISTA) from what is put together."""
        parts = [part for part in subsets(marginal) if part and part in residuals]
        weight = {part: residuals[part][1] * self.cells([name for name in marginal if name not in part]) for part in parts}
        most, counts, speed = max(weight.values()), self.put_together(residuals, marginal), 1.0
        ahead = counts
        for _ in range(STEPS):
            slope = sum(weight[part] / most * self.spread(self.residual(ahead, marginal, part) - residuals[part][0], part, marginal) for part in parts)
            new, faster = self.projected(ahead - slope), (1 + (1 + 4 * speed * speed) ** 0.5) / 2
            ahead, counts, speed = new + (speed - 1) / faster * (new - counts), new, faster
        return counts

    def joint(self, measured, iterations):
        from dpmm.models.base.mbi import Domain, FactoredInference
        from scipy import sparse

        domain = Domain(self.names, [self.size[name] for name in self.names])
        counts = [(sparse.eye(counts.size), counts.ravel(), sd, marginal) for marginal, counts, sd in measured]
        model = FactoredInference(domain, iters=iterations).estimate(counts, total=float(self.rows))
        return lambda marginal: np.reshape(model.project(list(marginal)).datavector(flatten=False), [self.size[name] for name in marginal])


def noise_of_all(epsilon, delta):
    """The standard deviation of a count that costs the whole budget."""
    from dpmm.models.base.mechanisms import cdp_rho

    return (2 * cdp_rho(epsilon, 0.9 * delta)) ** -0.5


def chosen(binary, train, columns, epsilon, delta, table):
    with tempfile.TemporaryDirectory() as folder:
        words = [binary, "learn", train, "-o", Path(folder) / "m.model", "--columns", columns, "--epsilon", epsilon, "--delta", delta, "--quiet", "--json"]
        said = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    return [(tuple(sorted(one["columns"], key=table.names.index)), one["noise_sd"]) for one in json.loads(said)["counted"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--epsilon", type=float, nargs="+", default=[0.3, 1, 3, 10])
    parser.add_argument("--delta", type=float, default=1e-9)
    parser.add_argument("--populace", type=Path, default=HERE.parents[1] / "target/release/populace")
    parser.add_argument("--iterations", type=int, default=1500)
    parser.add_argument("--triples", type=int, default=120)
    arguments = parser.parse_args()
    train, holdout = half(arguments.table, "train"), half(arguments.table, "holdout")
    real = score.read(train)
    table, noise = Table(real, score.read(holdout, real)), np.random.default_rng(SEED)
    ways = {ways: list(itertools.combinations(table.names, ways)) for ways in (1, 2, 3)}
    asked = [ways[3][at] for at in noise.choice(len(ways[3]), min(arguments.triples, len(ways[3])), replace=False)]

    def measured(what):
        return [(marginal, table.counts(marginal) + noise.normal(0, sd, [table.size[name] for name in marginal]), sd) for marginal, sd in what]

    def off(told):
        return np.mean([np.abs(told(marginal) - table.counts(marginal)).sum() for marginal in asked]) / (2 * table.rows)

    print("| ε | joint | residuals | not negative | pairs | triples |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        columns = Path(folder) / "columns.yaml"
        declare(train, holdout, columns)
        for epsilon in arguments.epsilon:
            counts = measured(chosen(arguments.populace, train, columns, epsilon, arguments.delta, table))
            residuals, figures = table.residuals(counts), [off(table.joint(counts, arguments.iterations))]
            figures += [off(lambda marginal: told(residuals, marginal)) for told in (table.put_together, table.not_negative)]
            sd = noise_of_all(epsilon, arguments.delta)
            for shares in ({1: 0.1, 2: 0.9}, {1: 0.1, 2: 0.4, 3: 0.5}):
                residuals = table.residuals(measured([(marginal, sd * (len(ways[k]) / share) ** 0.5) for k, share in shares.items() for marginal in ways[k]]))
                figures.append(off(lambda marginal: table.not_negative(residuals, marginal)))
            print(f"| {epsilon:g} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |", flush=True)


if __name__ == "__main__":
    main()
