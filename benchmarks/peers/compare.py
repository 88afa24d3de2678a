#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the same rows in Kroton and in its peers, pinned to one processor, and writes docs/performance.md.

compare.py BENCH_ROWS PYTHON: the program of benchmarks/rows.cpp, and a Python that has what could be installed.
"""
import os
import pathlib
import platform
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- written by ./dev bench peers -->", "<!-- end -->"
PEERS = ("numpy", "numba", "jax", "torch")


def pinned(command, **environment):
    """Lines "name<tab>value" of a program that runs on one processor."""
    cpu = str(max(os.sched_getaffinity(0)))
    lines = {}
    process = subprocess.Popen(["taskset", "-c", cpu, *command], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})
    other = ""
    for line in process.stdout:
        name, _, value = line.rstrip("\n").partition("\t")
        if value:
            lines[name] = value
            print(f"  {name}: {value}", flush=True)
        else:
            other = name or other
    if process.wait() != 0 and "version" not in lines:
        lines["reason"] = other or f"exit {process.returncode}"
    return lines


def best_of(rounds, seconds, programs):
    """Programs take turns, so that a machine whose speed drifts is fair to all; the best median of each row counts.
    No round is begun that would end after SECONDS, as the first one went. Gives also how many there were."""
    best = {}
    begin = time.monotonic()
    for turn in range(rounds):
        gone = time.monotonic() - begin
        if turn > 0 and gone + gone / turn > seconds:
            return best, turn
        for name, (command, environment) in programs.items():
            if turn > 0 and "version" not in best[name]:
                continue
            print(f"-- {name}, round {turn + 1} of {rounds}", flush=True)
            lines = pinned(command, **environment)
            if "reason" in lines:
                print(f"  skipped: {lines['reason']}", flush=True)
            kept = best.setdefault(name, lines)
            for row, value in lines.items():
                earlier, now = seconds_of(kept, row), seconds_of(lines, row)
                if now is not None and (earlier is None or now < earlier):
                    kept[row] = value
    return best, rounds


def text_of(seconds):
    for unit, scale in (("ns", 1e9), ("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.4g} {unit}"
    return f"{seconds:.4g} s"


def seconds_of(lines, row):
    try:
        return float(lines[row])
    except (KeyError, ValueError):
        return None


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def table(kroton, peers):
    there = [p for p in PEERS if "version" in peers[p]]
    lines = ["| row | Kroton | " + " | ".join(peers[p]["version"].split()[0] for p in there) + " | best peer / Kroton |",
             "|---|" + "---:|" * (len(there) + 2)]
    for row in kroton:
        own = seconds_of(kroton, row)
        if row == "version" or own is None:
            continue
        others = {p: seconds_of(peers[p], row) for p in there}
        known = [s for s in others.values() if s is not None]
        cells = [text_of(s) if s is not None else "-" for s in others.values()]
        ratio = f"{min(known) / own:.2f}" if known else "-"
        lines.append(f"| {row.replace('_', ' ')} | {text_of(own)} | " + " | ".join(cells) + f" | {ratio} |")
    return lines


def main(program, python):
    programs = {"kroton": ([program, "--lines"], {"KROTON_FLAGS": "threads=1"})}
    for peer in PEERS:
        programs[peer] = ([python, str(HERE / "rows.py"), peer], {})
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    peers, rounds = best_of(3, 660, programs)
    kroton = peers.pop("kroton")
    if "version" not in kroton:
        sys.exit(f"compare: {program} failed: {kroton.get('reason')}")
    text = ["", f"{processor()}, one thread each, pinned to one processor; medians, the best of {rounds} "
            f"rounds. The load of the system was {load} when it began. "
            + "; ".join([kroton["version"]] + [peers[p]["version"] for p in PEERS if "version" in peers[p]]) + ".", ""]
    text += table(kroton, peers)
    skipped = [f"{p} was skipped: {peers[p].get('reason')}." for p in PEERS if "version" not in peers[p]]
    text += ["", *skipped, ""] if skipped else [""]
    page = PAGE.read_text()
    head, rest = page.split(BEGIN, 1)
    PAGE.write_text(head + BEGIN + "\n".join(text) + END + rest.split(END, 1)[1])
    print("\n".join(text))
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
