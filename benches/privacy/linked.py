#!/usr/bin/env python3
"""Linked tables under differential privacy: what a budget for persons buys.

    python benches/privacy/linked.py FOLDER PERSONS KEY OWNED REFERENCE ORDER MOST_ROWS [--epsilon 1 3 10] [--delta 1e-9] [--populace BINARY]

FOLDER holds `train_PERSONS.csv.gz`, `train_OWNED.csv.gz` and the same with `holdout_`: two random halves of the persons with all that they own. Learns the training half with `populace learn --epsilon` and without,
makes as many persons, and prints what `populace check` says of the owned table, beside what the hold-out itself gets. Privacy noise is never the same twice: one run each.
"""
import argparse
import gzip
import json
import resource
import subprocess
import tempfile
from pathlib import Path

FINDINGS = {
    "rows of each": "links.{owned}.{reference}.numbers",
    "with the owner": "links.{owned}.{reference}.pairs",
    "next row": "links.{owned}.order",
    "columns": "{owned}.fidelity.univariate",
    "pairs": "{owned}.fidelity.bivariate",
    "triples": "{owned}.fidelity.trivariate",
}


def schema(half, args, folder):
    for table in (args.persons, args.owned):
        name = f"{half}_{table}.csv"
        (folder / name).write_bytes(gzip.open(args.folder / f"{name}.gz").read())
    path = folder / f"{half}.yaml"
    path.write_text(
        f"tables:\n  {args.persons}: {{data: {half}_{args.persons}.csv, key: {args.key}}}\n"
        f"  {args.owned}: {{data: {half}_{args.owned}.csv, references: {{{args.reference}: {args.persons}}}, order_by: {args.order}}}\n"
    )
    return path


def judged(args, model, train, holdout, folder):
    made, report = folder / "made", folder / "report.html"
    subprocess.run(["rm", "-rf", made], check=True)
    subprocess.run([args.populace, "make", model, "-o", made, "--format", "csv", "--quiet"], check=True)
    subprocess.run([args.populace, "check", made, "--real", train, "--holdout", holdout, "-o", report, "--quiet"], check=True)
    found = {}
    for section in json.loads(report.with_suffix(".json").read_text())["sections"]:
        for finding in section["findings"]:
            computed = finding["outcome"].get("computed") if isinstance(finding["outcome"], dict) else None
            if computed:
                found[finding["id"]] = computed
    names = [name.format(owned=args.owned, reference=args.reference) for name in FINDINGS.values()]
    return [found.get(name, {}) for name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name in ("persons", "key", "owned", "reference", "order", "most_rows"):
        parser.add_argument(name)
    parser.add_argument("--epsilon", type=float, nargs="+", default=[1.0, 3.0, 10.0])
    parser.add_argument("--delta", default="1e-9")
    parser.add_argument("--populace", default="target/release/populace")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        train, holdout = schema("train", args, folder), schema("holdout", args, folder)
        print("| epsilon | " + " | ".join(FINDINGS) + " | learn CPU s |\n|" + "---|" * (len(FINDINGS) + 2))
        fresh = None
        for epsilon in [*args.epsilon, None]:
            model = folder / "model"
            options = ["--epsilon", f"{epsilon:g}", "--delta", args.delta, "--most-rows", args.most_rows] if epsilon else []
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([args.populace, "learn", train, "-o", model, "--quiet", *options], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found = judged(args, model, train, holdout, folder)
            shown = " | ".join(f"{one['value']:.3f}" if one else "–" for one in found)
            print(f"| {epsilon if epsilon else 'no promise'} | {shown} | {cpu:.1f} |", flush=True)
            fresh = found
        shown = " | ".join(f"{one['best_reachable']:.3f}" if one.get("best_reachable") else "–" for one in fresh)
        print(f"| fresh rows | {shown} | |")


if __name__ == "__main__":
    main()
