#!/usr/bin/env python3
"""Linked tables, ours beside peers': keys, numbers of children, dependence between parent and child and between siblings, gaps, and subjects as a whole.

    python benches/tables/linked.py TABLES [--only baseball cdnow berka] [--populace BINARY] [--python-peers PYTHON] [--minutes 10] [--json FILE]
    python benches/tables/linked.py TABLES --million [--populace BINARY]

TABLES/NAME holds the CSV files that `DATA` names. This Python wants lightgbm, scikit-learn and pandas; `--python-peers` one with sdv and mostlyai-engine (`linked_peers.py`).
baseball and cdnow are in two halves by subject: everyone learns one, figures are distances to the other, and the row *learned half* is what real rows get. berka is not split: its figures
are distances to what was learned, and 0 is the best there is.

Distances, all between 0 and 1, of bins that depend on the real rows alone (16 for a number or moment, the 30 most frequent values else):

- *children*: total variation of the number of children of a parent, mean over references. *columns*: of single columns, mean over all.
- *parent–child*: of (a parent's column, a child's column), mean over all pairs of all references that own. *siblings*: of (a column, the same of the next sibling), mean over columns;
  siblings are in the order of their moments. *lag*: mean absolute difference of the correlation between neighbours, numbers only.
- *first*, *gaps*: of the first moment of a subject, and of the time between neighbours.
- *C2ST*: area under the curve of a gradient booster that tells made subjects from real ones by aggregates of all that they own (number; mean, spread, ends, first and last of numbers; variety and first
  of categories; time spanned), 3 folds; 0.5 is not at all.
- *broken*: references to no row and keys that are there twice, per cent of rows.

Seconds are of the wall, whole programs for ours; the peers' leave out imports, reading and writing. mostlyai-engine knows two tables at a time: it learns the parents, then each child table with its
parent as context; a peer that is not done after `--minutes` is left out, and mostlyai-engine is told to train no longer than half of it for each table.

`--million` makes baseball with a million rows and more, and counts broken keys, seasons out of order, and years beyond those that were learned.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")
import warnings

warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))
from score import Bins, booster

HERE = Path(__file__).resolve().parent
SEED = 2024


def table(file, key=None, references=None, order_by=None, public=False, moments=(), texts=()):
    """`references`: column to table, the owner first; `moments` are dates; `texts` are of no interest to anybody here: names and numbers of things."""
    return {"file": file, "key": key, "references": references or {}, "order_by": order_by, "public": public, "moments": list(moments), "texts": list(texts)}


DATA = {
    "baseball": {"halves": True, "root": "players", "tables": {
        "players": table("players", "id", moments=["birthDate", "deathDate"], texts=["nameFirst", "nameLast"]),
        "batting": table("batting", references={"players_id": "players"}, order_by="year")}},
    "cdnow": {"halves": True, "root": "users", "tables": {
        "users": table("users", "id"),
        "purchases": table("purchases", references={"users_id": "users"}, order_by="date", moments=["date"])}},
    "berka": {"halves": False, "root": "account", "tables": {
        "district": table("district", "district_id", public=True),
        "account": table("account", "account_id", {"district_id": "district"}, moments=["date"]),
        "client": table("client", "client_id", {"district_id": "district"}),
        "disp": table("disp", "disp_id", {"account_id": "account", "client_id": "client"}),
        "card": table("card", "card_id", {"disp_id": "disp"}, moments=["issued"]),
        "loan": table("loan", "loan_id", {"account_id": "account"}, moments=["date"]),
        "order": table("order", "order_id", {"account_id": "account"}, texts=["account_to"])}},
}


def read(spec, path_of):
    tables = {}
    for name, about in spec["tables"].items():
        found = pd.read_csv(path_of(about["file"]), low_memory=False)
        for column in about["moments"]:
            found[column] = (pd.to_datetime(found[column], errors="coerce", format="mixed") - pd.Timestamp(0)).dt.total_seconds() / 86_400
        tables[name] = found
    return tables


def prepared(spec, tables, like):
    """Columns of one type in all data sets: a number where the real column is one."""
    for name, frame in tables.items():
        for column in frame:
            if like[name][column].dtype.kind in "if":
                frame[column] = pd.to_numeric(frame[column], errors="coerce")
            else:
                values = frame[column].astype(object)
                frame[column] = values.where(values.notna(), None).map(lambda value: None if value is None else str(value)).astype(object)
        about = spec["tables"][name]
        order = about["order_by"] or next(iter(about["moments"]), None)
        owner = owner_of(spec, name)
        if owner:
            frame.sort_values([owner[0]] + ([order] if order else []), kind="stable", inplace=True, ignore_index=True)
    return tables


def owner_of(spec, name):
    for column, target in spec["tables"][name]["references"].items():
        if not spec["tables"][target]["public"]:
            return column, target
    return None


def columns_of(spec, name, frame):
    about = spec["tables"][name]
    skip = {about["key"], *about["texts"]} | {column for column, target in about["references"].items() if not spec["tables"][target]["public"]}
    return [column for column in frame if column not in skip]


def variation(one, other, size):
    shares = [np.bincount(cells, minlength=size) / max(len(cells), 1) for cells in (one, other)]
    return 0.5 * np.abs(shares[0] - shares[1]).sum()


def score(spec, real, made, everything):
    """`everything`: all real rows, which bins are made from."""
    found = {key: [] for key in ("children", "columns", "parent_child", "siblings", "lag", "first", "gaps")}
    bins, codes = {}, {}
    broken = rows = 0
    for name in spec["tables"]:
        kept = columns_of(spec, name, everything[name])
        bins[name] = Bins(everything[name][kept])
        codes[name] = [bins[name].codes(data[name][kept]) for data in (real, made)]
        if spec["tables"][name]["public"]:
            continue
        for column in kept:
            found["columns"].append(variation(codes[name][0][column], codes[name][1][column], bins[name].size[column]))
    for name, about in spec["tables"].items():
        key = about["key"]
        if key:
            broken += int(made[name][key].duplicated().sum())
        rows += len(made[name])
        for column, target in about["references"].items():
            target_key = spec["tables"][target]["key"]
            broken += int((~made[name][column].dropna().isin(made[target][target_key])).sum())
            if spec["tables"][target]["public"]:
                continue
            counts = []
            for data in (real, made):
                number = data[name][column].value_counts().reindex(data[target][target_key].unique(), fill_value=0)
                counts.append(np.minimum(number.to_numpy(), 255))
            found["children"].append(variation(counts[0], counts[1], 256))
            pairs(found, bins, codes, spec, (name, column, target), (real, made))
        owner = owner_of(spec, name)
        if owner:
            siblings(found, bins[name], codes[name], about, owner[0], [data[name] for data in (real, made)])
    answer = {key: float(np.mean(values)) if values else None for key, values in found.items()}
    answer["broken"] = 100 * broken / max(rows, 1)
    answer["c2st"] = c2st(spec, real, made)
    return answer


def pairs(found, bins, codes, spec, link, both):
    name, column, target = link
    key = spec["tables"][target]["key"]
    places = []
    for data in both:
        place = pd.Series(np.arange(len(data[target])), index=data[target][key])
        place = place[~place.index.duplicated()]
        places.append(place.reindex(data[name][column]).to_numpy())
    known = [~np.isnan(place) for place in places]
    for above in bins[target].size:
        for below in bins[name].size:
            cells = []
            for side in range(2):
                parents = codes[target][side][above][places[side][known[side]].astype(int)]
                cells.append(parents * bins[name].size[below] + codes[name][side][below][known[side]])
            found["parent_child"].append(variation(*cells, bins[target].size[above] * bins[name].size[below]))


def siblings(found, bins, codes, about, owner, both):
    same = [frame[owner].to_numpy()[1:] == frame[owner].to_numpy()[:-1] for frame in both]
    if not same[0].any():
        return
    order = about["order_by"] or next(iter(about["moments"]), None)
    for column, size in bins.size.items():
        cells = [(codes[side][column][:-1] * size + codes[side][column][1:])[same[side]] for side in range(2)]
        found["siblings"].append(variation(*cells, size * size))
        if both[0][column].dtype.kind in "if":
            found["lag"].append(abs(correlation(both[0][column], same[0]) - correlation(both[1][column], same[1])))
    if order:
        firsts = [frame[order].to_numpy(float)[np.r_[True, ~same[side]]] for side, frame in enumerate(both)]
        gaps = [np.diff(frame[order].to_numpy(float))[same[side]] for side, frame in enumerate(both)]
        for key, values in (("first", firsts), ("gaps", gaps)):
            frame = [pd.DataFrame({"x": side}) for side in values]
            how = Bins(frame[0])
            found[key].append(variation(*(how.codes(side)["x"] for side in frame), how.size["x"]))


def correlation(column, same):
    values = column.to_numpy(float)
    one, other = values[:-1][same], values[1:][same]
    known = ~(np.isnan(one) | np.isnan(other))
    if known.sum() < 3 or one[known].std() == 0 or other[known].std() == 0:
        return 0.0
    return float(np.corrcoef(one[known], other[known])[0, 1])


def subjects(spec, data, levels):
    """A row for each subject: its own columns, and aggregates of all tables that it owns."""
    root = spec["root"]
    key = spec["tables"][root]["key"]
    frame = data[root].drop_duplicates(key).set_index(key)
    wide = frame[[column for column in columns_of(spec, root, data[root])]].copy()
    roots = {root: pd.Series(frame.index, index=frame.index)}
    for name, about in spec["tables"].items():
        owner = owner_of(spec, name)
        if not owner or owner[1] not in roots or name == root:
            continue
        rows = data[name].copy()
        rows["subject"] = rows[owner[0]].map(roots[owner[1]])
        if about["key"]:
            roots[name] = pd.Series(rows["subject"].to_numpy(), index=rows[about["key"]])
            roots[name] = roots[name][~roots[name].index.duplicated()]
        groups = rows.groupby("subject")
        wide[f"{name} rows"] = groups.size()
        wide[f"{name} rows"] = wide[f"{name} rows"].fillna(0)
        for column in columns_of(spec, name, data[name]):
            values = groups[column]
            if rows[column].dtype.kind in "if":
                for what in ("mean", "std", "min", "max", "first", "last"):
                    wide[f"{name} {column} {what}"] = getattr(values, what)()
                wide[f"{name} {column} step"] = rows[column].groupby(rows["subject"]).diff().abs().groupby(rows["subject"]).mean()
            else:
                wide[f"{name} {column} different"] = values.nunique()
                wide[f"{name} {column} first"] = values.first()
    for column in wide:
        if wide[column].dtype.kind not in "if":
            known = levels.setdefault(column, wide[column].value_counts().index[:250])
            wide[column] = pd.Categorical(wide[column], categories=known)
    wide.columns = [f"c{index}" for index in range(wide.shape[1])]
    return wide.astype({column: float for column in wide if wide[column].dtype.kind in "if"})


def c2st(spec, real, made):
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    levels = {}
    one, other = subjects(spec, real, levels), subjects(spec, made, levels)
    count = min(len(one), len(other))
    # Chosen by other random numbers than the folds: with the same ones a fold would be a range of the data.
    generator = np.random.default_rng(SEED)
    x = pd.concat([side.iloc[generator.permutation(len(side))[:count]] for side in (one, other)], ignore_index=True)
    y = np.repeat([0, 1], count)
    folds = StratifiedKFold(3, shuffle=True, random_state=SEED)
    return float(cross_val_score(booster("LGBMClassifier"), x, y, cv=folds, scoring="roc_auc").mean())


def schema(spec, folder, half):
    lines = ["tables:"]
    for name, about in spec["tables"].items():
        parts = [f"data: {folder}/{half}{about['file']}.csv.gz"]
        parts += [f"key: {about['key']}"] * bool(about["key"])
        if about["references"]:
            parts.append("references: {" + ", ".join(f"{column}: {target}" for column, target in about["references"].items()) + "}")
        parts += [f"order_by: {about['order_by']}"] * bool(about["order_by"]) + ["public: true"] * about["public"]
        lines.append(f"  {name}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"


def ours(binary, spec, folder, half, out, rows=None):
    (out / "schema.yaml").write_text(schema(spec, folder, half))
    started = time.monotonic()
    subprocess.run([binary, "learn", out / "schema.yaml", "-o", out / "linked.model", "--quiet"], check=True)
    learned = time.monotonic()
    more = ["-n", str(rows)] if rows else []
    subprocess.run([binary, "make", out / "linked.model", "-o", out / "made", "--format", "csv", "--quiet", *more], check=True)
    return {"learn_s": learned - started, "make_s": time.monotonic() - learned}


def peer(python, which, spec, folder, half, out, minutes):
    (out / "made").mkdir()
    (out / "spec.json").write_text(json.dumps(spec))
    command = [python, HERE / "linked_peers.py", which, out / "spec.json", f"{folder}/{half}", out / "made", str(minutes)]
    try:
        ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60 * minutes)
    except subprocess.TimeoutExpired:
        return f"not done after {minutes:g} minutes"
    if ran.returncode:
        return ran.stderr.decode(errors="replace").strip().splitlines()[-1][-160:]
    return json.loads(ran.stdout)


def million(binary, folder):
    spec = DATA["baseball"]
    with tempfile.TemporaryDirectory() as out:
        out = Path(out)
        spent = ours(binary, spec, folder / "baseball", "train_", out, 200_000)
        players = pd.read_csv(out / "made/players.csv", usecols=["id"])
        batting = pd.read_csv(out / "made/batting.csv", usecols=["players_id", "year"])
        learned = pd.read_csv(folder / "baseball/train_batting.csv.gz", usecols=["year"])["year"]
        same = batting["players_id"].to_numpy()[1:] == batting["players_id"].to_numpy()[:-1]
        print(json.dumps({
            "rows": len(batting), "players": len(players), "make_s": spent["make_s"], "keys_twice": int(players["id"].duplicated().sum()),
            "references_to_no_row": int((~batting["players_id"].isin(players["id"])).sum()),
            "players_in_two_places": int(len(batting) and (~same).sum() + 1 - batting["players_id"].nunique()),
            "out_of_order": int((np.diff(batting["year"]) < 0)[same].sum()), "beyond_the_years": int((~batting["year"].between(learned.min(), learned.max())).sum()),
        }))


COLUMNS = [("learn_s", "learn s", ".1f"), ("make_s", "make s", ".1f"), ("children", "children", ".3f"), ("columns", "columns", ".3f"), ("parent_child", "parent–child", ".3f"),
           ("siblings", "siblings", ".3f"), ("lag", "lag", ".3f"), ("first", "first", ".3f"), ("gaps", "gaps", ".3f"), ("c2st", "C2ST", ".3f"), ("broken", "broken %", ".2f")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--only", nargs="*", choices=DATA, default=list(DATA))
    parser.add_argument("--populace", default="target/release/populace")
    parser.add_argument("--python-peers")
    parser.add_argument("--peers", nargs="*", default=["hma", "mostlyai"], choices=["hma", "mostlyai"])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.million:
        return million(arguments.populace, arguments.tables.resolve())
    everything = {}
    for dataset in arguments.only:
        spec, folder = DATA[dataset], arguments.tables.resolve() / dataset
        if not folder.is_dir():
            raise SystemExit(f"{folder} is not there: this bench wants the tables of {dataset}")
        half = "train_" if spec["halves"] else ""
        train = read(spec, lambda file: folder / f"{half}{file}.csv.gz")
        reference = read(spec, lambda file: folder / f"holdout_{file}.csv.gz") if spec["halves"] else train
        pool = {name: pd.concat([train[name], reference[name]]) if spec["halves"] else train[name] for name in train}
        like = {name: frame.copy() for name, frame in pool.items()}
        for data in (reference, pool) if not spec["halves"] else (train, reference, pool):
            prepared(spec, data, like)
        print(f"\n**{dataset}**\n\n| | {' | '.join(title for _, title, _ in COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}", flush=True)
        results = everything[dataset] = {}
        if spec["halves"]:
            results["learned half"] = score(spec, reference, train, pool)
            show("learned half", results["learned half"])
        runs = [("SDV HMA", "hma"), ("mostlyai-engine", "mostlyai")] if arguments.python_peers else []
        for title, which in [run for run in runs if run[1] in arguments.peers] + [("**ours**", None)]:
            with tempfile.TemporaryDirectory() as out:
                out = Path(out)
                if which:
                    spent = peer(arguments.python_peers, which, spec, folder, half, out, arguments.minutes)
                else:
                    spent = ours(arguments.populace, spec, folder, half, out)
                if isinstance(spent, str):
                    print(f"| {title} | {spent} |", flush=True)
                    continue
                made = prepared(spec, read(spec, lambda file: out / f"made/{file}.csv"), like)
                results[title] = spent | score(spec, reference, made, pool)
                show(title, results[title])
    if arguments.json:
        arguments.json.write_text(json.dumps(everything, indent=1))


def show(title, result):
    cells = [format(result[key], how) if result.get(key) is not None else "–" for key, _, how in COLUMNS]
    print(f"| {title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
