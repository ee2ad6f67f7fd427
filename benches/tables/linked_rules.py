#!/usr/bin/env python3
"""Rules of linked tables in a million made rows: found in the data, kept by the program, and counted again by SQLite on the files that were written.

    python benches/tables/linked_rules.py TABLES [--populace BINARY]

TABLES/berka holds the CSV files of the bank. The second data set is generated here: accounts with payments whose balance runs from row to row. Needs nothing beside Python.
"""
import argparse
import csv
import json
import random
import re
import resource
import sqlite3
import subprocess
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

BERKA = """tables:
  district: {data: %(from)s/district.csv.gz, key: district_id, public: true}
  account: {data: %(from)s/account.csv.gz, key: account_id, references: {district_id: district}}
  client: {data: %(from)s/client.csv.gz, key: client_id, references: {district_id: district}}
  disp: {data: %(from)s/disp.csv.gz, key: disp_id, references: {account_id: account, client_id: client}}
  card: {data: %(from)s/card.csv.gz, key: card_id, references: {disp_id: disp}}
  loan: {data: %(from)s/loan.csv.gz, key: loan_id, references: {account_id: account}}
  order: {data: %(from)s/order.csv.gz, key: order_id, references: {account_id: account}, columns: {account_to: text}}
"""
LEDGER = """tables:
  account: {data: account.csv, key: account_id}
  trans: {data: trans.csv, key: trans_id, references: {account_id: account}, order_by: at}
"""
# The owner that conditions may speak of: table, column, owner, its key.
OWNERS = {
    "berka": {"disp": ("account_id", "account"), "card": ("disp_id", "disp"), "loan": ("account_id", "account"), "order": ("account_id", "account")},
    "ledger": {"trans": ("account_id", "account")},
}
KEYS = {"account": "account_id", "disp": "disp_id"}


def generate(folder):
    """3,000 accounts; the balance is the last one plus what is paid in, less what is paid out, and never below zero."""
    draw = random.Random(4)
    accounts, rows = [], []
    for number in range(3000):
        opened = datetime(2015, 1, 1) + timedelta(days=draw.randrange(1500))
        kind = draw.choice(["basic", "plus"])
        accounts.append([10_000 + number, kind, opened.date().isoformat()])
        at, balance = opened + timedelta(minutes=draw.randrange(10_000)), 0
        for turn in range(draw.randrange(4, 20)):
            amount = int(draw.lognormvariate(8 if kind == "basic" else 9.5, 0.7)) + 100
            paid_in = turn == 0 or balance < amount or draw.random() < 0.5
            balance += amount if paid_in else -amount
            rows.append([len(rows), 10_000 + number, at.isoformat(sep=" "), "in" if paid_in else "out", f"{amount / 100:.2f}", f"{balance / 100:.2f}"])
            at += timedelta(minutes=draw.randrange(60, 30_000))
    for name, header, lines in [("account", ["account_id", "kind", "opened"], accounts), ("trans", ["trans_id", "account_id", "at", "type", "amount", "balance"], rows)]:
        with open(folder / f"{name}.csv", "w", newline="") as file:
            csv.writer(file).writerows([header, *lines])


def load(database, made):
    for path in sorted(made.glob("*.csv")):
        with open(path, newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            columns = ", ".join(f'"{name}" numeric' for name in header)
            database.execute(f'create table "{path.stem}" (nr integer primary key, {columns})')
            marks = ", ".join("?" * (len(header) + 1))
            rows = ([number, *(cell or None for cell in row)] for number, row in enumerate(reader))
            database.executemany(f'insert into "{path.stem}" values ({marks})', rows)


def names(database, table):
    return [row[1] for row in database.execute(f'pragma table_info("{table}")')][1:]


def view(database, owners, table):
    """A table with `owner.column` and `previous_column` beside its own columns."""
    columns = [f't."{name}" as "{name}"' for name in names(database, table)]
    joins, alias, at = [], "t", table
    if table in owners:
        columns += [f'lag(t."{name}") over (partition by t."{owners[table][0]}" order by t.nr) as "previous_{name}"' for name in names(database, table)]
    while at in owners:
        reference, owner = owners[at]
        joins.append(f'join "{owner}" as "o_{owner}" on {alias}."{reference}" = "o_{owner}"."{KEYS[owner]}"')
        columns += [f'"o_{owner}"."{name}" as "{owner}.{name}"' for name in names(database, owner)]
        alias, at = f'"o_{owner}"', owner
    return f'select {", ".join(columns)} from "{table}" as t {" ".join(joins)}'


def broken(database, owners, rule):
    text = re.sub(r"previous\((\w+)\)", r"previous_\1", rule["condition"])
    text = re.sub(r"\b([a-z_]+)\.([a-z_]\w*)", r'"\1.\2"', text)
    equation = re.fullmatch(r"(\w+) = (.*)", text)
    if equation:
        # Binary fractions: what is written agrees to the last digit.
        text = f"abs({equation[1]} - ({equation[2]})) < 1e-6"
    table = view(database, owners, rule["table"])
    return database.execute(f"select count(*) filter (where not ifnull({text}, 1)), count(*) from ({table})").fetchone()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--populace", default="target/release/populace", type=Path)
    arguments = parser.parse_args()
    binary = arguments.populace.resolve()
    for name, rows in [("berka", 200_000), ("ledger", 95_000)]:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            if name == "berka":
                (folder / "schema.yaml").write_text(BERKA % {"from": (arguments.tables / "berka").resolve()})
            else:
                generate(folder)
                (folder / "schema.yaml").write_text(LEDGER)
            learn = [binary, "learn", "schema.yaml", "-o", "linked.model", "--find-rules", "--json", "--quiet"]
            answer = json.loads(subprocess.run(learn, check=True, cwd=folder, stdout=subprocess.PIPE).stdout)
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            subprocess.run([binary, "make", "linked.model", "-n", str(rows), "-o", "made", "--format", "csv", "--quiet"], check=True, cwd=folder)
            spent = time.monotonic() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            database = sqlite3.connect(":memory:")
            load(database, folder / "made")
            all_rows = sum(database.execute(f'select count(*) from "{path.stem}"').fetchone()[0] for path in (folder / "made").glob("*.csv"))
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"\n{name}: {all_rows:,} rows made in {spent:.0f} s, {cpu:.0f} s of processor time\n\n| table | rule | rows | broken |\n|---|---|---|---|")
            for rule in answer["rules"]:
                wrong, rows_of = broken(database, OWNERS[name], rule)
                print(f"| {rule['table']} | `{rule['condition']}` | {rows_of:,} | {wrong} |")


if __name__ == "__main__":
    main()
