#!/usr/bin/env python3
"""What a synthetic table is worth, beside its real training half and its unseen hold-out; prints one JSON object.

    python benches/tables/score.py TRAIN HOLDOUT SYNTHETIC TARGET [--references]

CSV files, also .gz, with the same columns; wants mostlyai-qa, lightgbm, scikit-learn and pandas. `--references` adds what does not depend on the synthetic table.

- `overall`: mean of the uni-, bi- and trivariate accuracies of mostlyai-qa, all rows. `dcr_share`: share of synthetic rows nearer to a training row than to a hold-out row,
  ties half; 0.5 is no nearer. `identical`: share at distance 0 from a training row. The last two look at 10,000 rows of each table.
- `c2st`: area under the curve of a gradient booster that tells synthetic from hold-out rows, 3 folds, stratified and shuffled, equally many rows; 0.5 is not at all.
  Values are compared as written, so that a wrong number of decimals is found.
- `tstr`: a booster fitted to the synthetic table and tested on the hold-out, area under the curve, or R² where the target is a number.
- `tvd2_*`, `tvd3_*`: mean total variation distance of the 2- and 3-way marginals to the training half and to the hold-out. Bins come from both real halves: values of a number
  that hold a sixteenth of the rows are bins of their own, the others fall into 16 quantiles; other columns have their 30 most frequent values; the rest and missing have a bin each.
  At most 600 3-way marginals, drawn once.
- `dcr_share` of the library is the largest share among seven choices of columns (all, and six parts of a third each), which noise alone lifts above 0.5: `dcr_share_all` is that of all
  columns. `dcr_share_reference` and `dcr_share_all_reference` are what fresh real rows get: one half of the hold-out in the place of the synthetic table, the other half as the hold-out.
- `membership_*`: areas under the curve of attacks that tell training rows from hold-out rows by the synthetic table; 0.5 is not at all. `nearest`: by the distance to the nearest synthetic
  row. `ratio`: by that distance over the one to the nearest of the reference rows, a half of the hold-out that is not attacked. `density` (DOMIAS, van Breugel et al. 2023): by
  the density ratio of synthetic to reference rows, as a gradient booster estimates it. 10,000 rows of each kind are attacked; the standard error is 0.004 for these, 0.008 at 2,500.
- `broken`: where column A decides column B in all real rows, the share of synthetic rows that have a known A and another B, mean over the `dependencies`.
"""
import argparse
import itertools
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")
warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd

SEED = 2024
EMBEDDED_ROWS = 10_000
BINS = 16
LEVELS = 30
TRIPLES = 600
COMPARED_ROWS = 25_000


def read(path, like=None):
    """The table as numbers and texts; with `like`, its columns and which of them are numbers."""
    table = pd.read_csv(path, low_memory=False)
    if like is not None:
        table = table[like.columns]
    for name in table:
        if (table if like is None else like)[name].dtype.kind in "if":
            table[name] = pd.to_numeric(table[name], errors="coerce")
        else:
            values = table[name].astype(object)
            table[name] = values.where(values.notna(), None).map(lambda value: None if value is None else str(value)).astype(object)
    return table


def is_number(column):
    return column.dtype.kind in "if"


class Bins:
    """Bins of each column that depend on the real rows alone."""

    def __init__(self, real):
        self.columns, self.size = {}, {}
        for name, column in real.items():
            if is_number(column) and column.nunique() > BINS:
                values = column.dropna()
                shares = values.value_counts(normalize=True)
                atoms = np.sort(shares[shares >= 1 / BINS].index.to_numpy(float))
                rest = values[~values.isin(atoms)]
                edges = np.unique(np.quantile(rest, np.linspace(0, 1, BINS + 1)))[1:-1] if len(rest) else np.array([])
                self.columns[name] = atoms, edges
                self.size[name] = len(atoms) + len(edges) + 2
            else:
                self.columns[name] = {value: index for index, value in enumerate(column.value_counts().index[:LEVELS])}
                self.size[name] = len(self.columns[name]) + 2

    def codes(self, table):
        found = {}
        for name, how in self.columns.items():
            column, missing = table[name], self.size[name] - 1
            if isinstance(how, dict):
                code = column.map(how).fillna(len(how)).to_numpy()
            else:
                atoms, edges = how
                values = column.to_numpy(float)
                code = len(atoms) + np.searchsorted(edges, values, side="right")
                if len(atoms):
                    at = np.clip(np.searchsorted(atoms, values), 0, len(atoms) - 1)
                    code = np.where(atoms[at] == values, at, code)
            found[name] = np.where(column.isna(), missing, code).astype(np.int64)
        return found


def marginals(train, holdout, synthetic, references):
    bins = Bins(pd.concat([train, holdout]))
    train, holdout, synthetic = (bins.codes(table) for table in (train, holdout, synthetic))

    def shares(codes, names):
        cell = np.zeros(len(codes[names[0]]), np.int64)
        for name in names:
            cell = cell * bins.size[name] + codes[name]
        return np.bincount(cell, minlength=int(np.prod([bins.size[name] for name in names]))) / len(cell)

    found = {}
    for ways in (2, 3):
        chosen = list(itertools.combinations(bins.size, ways))
        if len(chosen) > TRIPLES:
            chosen = [chosen[i] for i in np.random.default_rng(SEED).choice(len(chosen), TRIPLES, replace=False)]
        pairs = {"train": (synthetic, train), "holdout": (synthetic, holdout)} | ({"reference": (train, holdout)} if references else {})
        for key, (one, other) in pairs.items():
            found[f"tvd{ways}_{key}"] = np.mean([0.5 * np.abs(shares(one, names) - shares(other, names)).sum() for names in chosen])
    return found


def features(*tables):
    """Tables for the booster, with one list of categories for all of them; values that occur once are missing."""
    everything = pd.concat(tables, keys=range(len(tables)))
    prepared = pd.DataFrame(index=everything.index)
    for index, (name, column) in enumerate(everything.items()):
        counts = column.value_counts()[:254]
        # Numbered names, as the booster refuses some characters.
        prepared[f"c{index}"] = column.astype(float) if is_number(column) else pd.Categorical(column, categories=counts.index[counts >= 2])
    return [prepared.loc[index] for index in range(len(tables))]


def booster(kind):
    import lightgbm

    return getattr(lightgbm, kind)(n_estimators=100, learning_rate=0.1, num_leaves=31, min_child_samples=20, random_state=SEED, deterministic=True,
                                   force_row_wise=True, n_jobs=int(os.environ["OMP_NUM_THREADS"]), verbosity=-1)


def usefulness(train, holdout, synthetic, target, references):
    from sklearn.metrics import r2_score, roc_auc_score

    number = is_number(train[target]) and train[target].nunique() > 20
    classes = sorted(train[target].dropna().unique())
    if not number and len(classes) != 2:
        raise SystemExit(f"the target {target} has {len(classes)} values: give one of two values, or a number")
    tables = train, holdout, synthetic
    train_x, holdout_x, synthetic_x = features(*(table.drop(columns=target) for table in tables))

    def value(x, y):
        known = (y.notna() if number else y.isin(classes)).to_numpy()
        x, y = x[known], y[known]
        if number:
            return r2_score(holdout[target], booster("LGBMRegressor").fit(x, y).predict(holdout_x))
        if y.nunique() < 2:
            return 0.5
        said = booster("LGBMClassifier").fit(x, y == classes[1]).predict_proba(holdout_x)[:, 1]
        return roc_auc_score(holdout[target] == classes[1], said)

    found = {"tstr": value(synthetic_x, synthetic[target])}
    return found | ({"tstr_reference": value(train_x, train[target])} if references else {})


def distinguishable(one, other):
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    count = min(len(one), len(other), COMPARED_ROWS)
    x = pd.concat(features(one.sample(count, random_state=SEED + 1), other.sample(count, random_state=SEED + 2)), ignore_index=True)
    y, said = np.r_[np.zeros(count), np.ones(count)], np.zeros(2 * count)
    for fitted, tested in StratifiedKFold(3, shuffle=True, random_state=SEED + 3).split(x, y):
        said[tested] = booster("LGBMClassifier").fit(x.iloc[fitted], y[fitted]).predict_proba(x.iloc[tested])[:, 1]
    return roc_auc_score(y, said)


def dependencies(real, synthetic):
    codes = {name: pd.factorize(column, use_na_sentinel=False)[0] for name, column in real.items()}
    distinct, broken = real.nunique(dropna=False), []
    for a, b in itertools.permutations(real.columns, 2):
        # A column that names its rows decides all others, and a constant is decided by all.
        if distinct[b] < 2 or not distinct[b] <= distinct[a] <= len(real) / 5:
            continue
        if len(np.unique(codes[a].astype(np.int64) * (int(codes[b].max()) + 1) + codes[b])) == distinct[a]:
            expected = real[[a, b]].drop_duplicates().rename(columns={b: "expected"})
            seen = synthetic[[a, b]].merge(expected, on=a)
            same = (seen[b] == seen["expected"]) | (seen[b].isna() & seen["expected"].isna())
            broken.append(float((~same).mean()) if len(seen) else 0.0)
    return {"dependencies": len(broken), "broken": float(np.mean(broken)) if broken else None}


def accuracy(train, holdout, synthetic):
    from mostlyai import qa
    from mostlyai.qa import _distances, _html_report, _similarity, reporting

    # The numbers alone: drawing the report takes longer than they do.
    for module in (reporting, _similarity, _distances):
        for name in dir(module):
            if name.startswith("plot_store_"):
                setattr(module, name, lambda *_, **__: None)
    _html_report.store_report = lambda *_, **__: None
    with tempfile.TemporaryDirectory() as folder:
        _, measured = qa.report(syn_tgt_data=synthetic, trn_tgt_data=train, hol_tgt_data=holdout, report_path=Path(folder) / "report.html",
                                max_sample_size_embeddings=EMBEDDED_ROWS)
    accuracies, distances = measured.accuracy, measured.distances
    return {"overall": accuracies.overall, "overall_reference": accuracies.overall_max, "dcr_share": distances.dcr_share,
            "identical": distances.ims_training, "identical_reference": distances.ims_trn_hol}


def shares(synthetic, train, holdout):
    """The share of synthetic rows nearer to training than to hold-out rows: the largest of the library's choices of columns, and that of all columns; of equally many rows of each."""
    from mostlyai.qa import _distances, _embeddings
    from sklearn.neighbors import NearestNeighbors

    np.random.seed(SEED)
    count = min(EMBEDDED_ROWS, *map(len, (synthetic, train, holdout)))
    synthetic, train, holdout = _embeddings.encode_data(*(table.sample(count, random_state=SEED).reset_index(drop=True) for table in (synthetic, train, holdout)))
    real = np.vstack((train, holdout))
    choices = [np.arange(real.shape[1])]
    if real.shape[1] > 10:
        choices += _distances.split_columns_into_correlated_groups(real, k=3) + _distances.split_columns_into_random_groups(real, k=3)

    def share(columns):
        to_train, to_holdout = (NearestNeighbors(n_neighbors=1).fit(table[:, columns]).kneighbors(synthetic[:, columns])[0][:, 0] for table in (train, holdout))
        return _distances.calculate_dcr_share(to_train, to_holdout)

    found = [share(columns) for columns in choices]
    return max(found), found[0]


def places(real, *tables):
    """Rows as points: numbers by their rank among the real ones, missing ones apart; two different texts are at distance 1."""
    points = [[] for _ in tables]
    for name, column in real.items():
        if is_number(column):
            known = np.sort(column.dropna().to_numpy(float))
            for point, table in zip(points, tables):
                value = table[name].to_numpy(float)
                rank = (np.searchsorted(known, value, "left") + np.searchsorted(known, value, "right")) / (2 * max(len(known), 1))
                missing = np.isnan(value)
                point += [np.where(missing, 0.5, rank), missing / 2**0.5]
        else:
            for value in column.value_counts().index[:LEVELS]:
                for point, table in zip(points, tables):
                    point.append((table[name] == value).to_numpy() / 2**0.5)
    return [np.column_stack(point).astype(np.float32) for point in points]


def membership(train, holdout, synthetic):
    from sklearn.metrics import roc_auc_score
    from sklearn.neighbors import NearestNeighbors

    holdout = holdout.sample(frac=1, random_state=SEED)
    outsiders, reference = holdout[: len(holdout) // 2], holdout[len(holdout) // 2 :]
    count = min(EMBEDDED_ROWS, len(train), len(outsiders))
    attacked = pd.concat([train.sample(count, random_state=SEED), outsiders[:count]], ignore_index=True)
    member = np.r_[np.ones(count), np.zeros(count)]
    at, made, known = places(pd.concat([train, holdout]), attacked, synthetic, reference)

    def nearest(rows):
        return NearestNeighbors(n_neighbors=1, n_jobs=int(os.environ["OMP_NUM_THREADS"])).fit(rows).kneighbors(at)[0][:, 0]

    to_made, to_known = nearest(made), nearest(known)
    attacked_x, made_x, known_x = features(attacked, synthetic, reference)
    x = pd.concat([made_x, known_x], ignore_index=True)
    said = booster("LGBMClassifier").fit(x, np.r_[np.ones(len(made_x)), np.zeros(len(known_x))]).predict_proba(attacked_x)[:, 1]
    return {"membership_nearest": roc_auc_score(member, -to_made), "membership_ratio": roc_auc_score(member, to_known / (to_made + 1e-6)),
            "membership_density": roc_auc_score(member, said)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("train", "holdout", "synthetic"):
        parser.add_argument(name, type=Path)
    parser.add_argument("target", help="the column to predict")
    parser.add_argument("--references", action="store_true", help="also the hold-out against the training half")
    arguments = parser.parse_args()
    train = read(arguments.train)
    holdout, synthetic = read(arguments.holdout, train), read(arguments.synthetic, train)
    # The libraries also print; the answer alone goes to standard output.
    answer = os.dup(1)
    os.dup2(2, 1)
    found = {"rows": len(synthetic), **marginals(train, holdout, synthetic, arguments.references),
             **usefulness(train, holdout, synthetic, arguments.target, arguments.references), "c2st": distinguishable(synthetic, holdout),
             **dependencies(pd.concat([train, holdout]), synthetic), **accuracy(train, holdout, synthetic),
             "dcr_share_all": shares(synthetic, train, holdout)[1], **membership(train, holdout, synthetic)}
    if arguments.references:
        fresh = holdout.sample(frac=1, random_state=SEED)
        found["dcr_share_reference"], found["dcr_share_all_reference"] = shares(fresh[: len(fresh) // 2], train, fresh[len(fresh) // 2 :])
        found["c2st_reference"] = distinguishable(train, holdout)
    sys.stdout.flush()
    os.dup2(answer, 1)
    print(json.dumps(found, default=float))


if __name__ == "__main__":
    main()
