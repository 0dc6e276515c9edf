"""Prints our figures beside those of others, and how many times as many ours are: compare.py OURS NAME=THEIRS..."""

import json
import sys


def main(ours, others):
    with open(ours) as file:
        ours = {figure["what"]: figure["median"] for figure in json.load(file)}
    tables = {}
    for other in others:
        name, path = other.split("=", 1)
        with open(path) as file:
            tables[name] = json.load(file)
    print("| a second | ours |" + "".join(f" {name} | ours/theirs |" for name in tables))
    print("| --- | --: |" + " --: | --: |" * len(tables))
    for what in ours:
        if not any(what in table for table in tables.values()):
            continue
        row = f"| {what} | {ours[what]:,.0f} |"
        for table in tables.values():
            theirs = table.get(what)
            row += f" {theirs:,.1f} | {ours[what] / theirs:,.1f} |" if theirs else " | |"
        print(row)


main(sys.argv[1], sys.argv[2:])
