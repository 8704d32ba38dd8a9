#!/usr/bin/env python3
"""Reads lines "<round> <ours|theirs> <operation> <entries> <value>" and prints a table: medians, and the median of the
ratios ours/theirs of the rounds. Lines after it say which goals are met."""
import statistics
import sys

UNITS = {"memory": "bytes/entry", "requests-per-second": "1/s"}


def main():
    values = {}
    for line in sys.stdin:
        turn, who, operation, entries, value = line.split()
        values.setdefault((operation, int(entries)), {}).setdefault(int(turn), {})[who] = float(value)

    ratios, ours_at = {}, {}
    print("%-20s %9s %-11s %12s %12s %8s" % ("operation", "entries", "unit", "ours", "theirs", "ratio"))
    for (operation, entries), turns in sorted(values.items(), key=lambda item: (item[0][0], item[0][1])):
        both = [t for t in turns.values() if len(t) == 2]
        if not both:
            continue
        ours = statistics.median(t["ours"] for t in both)
        theirs = statistics.median(t["theirs"] for t in both)
        ratio = statistics.median(t["ours"] / t["theirs"] for t in both)
        ratios[operation, entries], ours_at[operation, entries] = ratio, ours
        print("%-20s %9d %-11s %12.0f %12.0f %8.3f"
              % (operation, entries, UNITS.get(operation, "ns"), ours, theirs, ratio))

    print()

    def goal(text, value, limit, at_least=False):
        if value is None:
            print("  ?     %s: not measured" % text)
        else:
            met = value >= limit if at_least else value <= limit
            print("  %s %s: %.2f (goal: at %s %.2f)"
                  % ("met  " if met else "MISSED", text, value, "least" if at_least else "most", limit))

    def own(operation, many, few):
        if (operation, many) in ours_at and ours_at.get((operation, few)):
            return ours_at[operation, many] / ours_at[operation, few]
        return None

    goal("derive, ours/theirs", ratios.get(("derive", 100)), 0.6)
    goal("look-up at 100,000, ours/theirs", ratios.get(("look-up", 100000)), 0.5)
    goal("loop pass, ours at 1,000,000 / ours at 100", own("pass", 1000000, 100), 1.5)
    goal("end of a session, ours at 1,000,000 / ours at 100", own("end-session", 1000000, 100), 3.0)
    memory = [ratio for (operation, _), ratio in ratios.items() if operation == "memory"]
    goal("bytes per entry at 1,000,000, ours/theirs", ratios.get(("memory", 1000000)), 0.8)
    # With 64 requests outstanding the server always has work; with 8 it waits for the load generator half of the time.
    for outstanding in 8, 64:
        goal("requests per second, %d outstanding, ours/theirs" % outstanding,
             ratios.get(("requests-per-second", outstanding)), 1.2, at_least=True)
    return 0 if memory else 1


if __name__ == "__main__":
    sys.exit(main())
