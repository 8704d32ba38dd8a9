"""The table of the benchmarks, and the goals."""
import statistics

# operation: what it is, its unit, and whether more is better. In the order of the table.
OPERATIONS = {
    "derive": ("cache: derive a key", "ns", False),
    "look-up": ("cache: look an entry up", "ns", False),
    "create": ("cache: make an entry", "ns", False),
    "delete": ("cache: delete an entry", "ns", False),
    "pass": ("loop pass, nothing to do", "ns", False),
    "end-session": ("end of a session", "ns", False),
    "memory": ("cache: memory", "bytes/entry", False),
    "requests-per-second": ("GET, so many outstanding", "1/s", True),
    "request-time": ("GET: processor time", "ns", False),
    "request-instructions": ("GET: instructions", "1/message", False),
    "tcp-requests-per-second": ("GET over TCP, connections", "1/s", True),
    "tcp-request-time": ("GET over TCP: processor time", "ns", False),
    "tcp-request-instructions": ("GET over TCP: instructions", "1/message", False),
    "get-MB-per-second": ("serve 1 MB, Block2", "MB/s", True),
    "get-block-time": ("serve 1 MB: processor time", "ns/block", False),
    "get-block-instructions": ("serve 1 MB: instructions", "1/block", False),
    "put-MB-per-second": ("take 1 MB, Block1", "MB/s", True),
    "put-block-time": ("take 1 MB: processor time", "ns/block", False),
    "put-block-instructions": ("take 1 MB: instructions", "1/block", False),
    "client-get-MB-per-second": ("client gets 1 MB, Block2", "MB/s", True),
    "client-get-block-time": ("client gets 1 MB: processor time", "ns/block", False),
    "client-get-block-instructions": ("client gets 1 MB: instructions", "1/block", False),
    "client-put-MB-per-second": ("client puts 1 MB, Block1", "MB/s", True),
    "client-put-block-time": ("client puts 1 MB: processor time", "ns/block", False),
    "client-put-block-instructions": ("client puts 1 MB: instructions", "1/block", False),
    "notifications-per-second": ("notifications, observers", "1/s", True),
    "notification-time": ("notifications: processor time", "ns", False),
    "notification-instructions": ("notifications: instructions", "1/message", False),
    "request-of-many-time": ("GET, so many sessions: proc. time", "ns", False),
    "session-heap": ("idle session, heap", "bytes", False),
    "session-memory": ("idle session, resident", "bytes", False),
    "dtls-handshakes-per-second": ("DTLS handshake, so many at once", "1/s", True),
    "dtls-handshake-time": ("DTLS handshake: processor time", "ns", False),
    "dtls-handshake-instructions": ("DTLS handshake: instructions", "1/handshake", False),
    "ecdhe-dtls-handshakes-per-second": ("the same, ECDHE-PSK-CHACHA20", "1/s", True),
    "ecdhe-dtls-handshake-time": ("the same: processor time", "ns", False),
    "ecdhe-dtls-handshake-instructions": ("the same: instructions", "1/handshake", False),
    "dtls-requests-per-second": ("GET over DTLS, so many outst.", "1/s", True),
    "dtls-request-time": ("GET over DTLS: processor time", "ns", False),
    "dtls-request-instructions": ("GET over DTLS: instructions", "1/message", False),
    "dtls-new-session-heap": ("DTLS session, new, heap", "bytes", False),
    "dtls-new-session-memory": ("DTLS session, new, resident", "bytes", False),
    "dtls-session-heap": ("idle DTLS session, heap", "bytes", False),
    "dtls-session-memory": ("idle DTLS session, resident", "bytes", False),
    "tls-requests-per-second": ("GET over TLS, connections", "1/s", True),
    "tls-request-time": ("GET over TLS: processor time", "ns", False),
    "tls-request-instructions": ("GET over TLS: instructions", "1/message", False),
}

# What is asked of the ratio ours/theirs, where that is more than not to be worse.
RATIOS = {
    ("derive", 100): 0.6,
    ("look-up", 100000): 0.5,
    ("memory", 1000000): 0.8,
    ("requests-per-second", 64): 2.0,
}

# What is asked of our own growth from the second size to the first.
GROWTH = {
    ("pass", 1000000, 100): 1.5,
    ("end-session", 1000000, 100): 3.0,
    ("request-of-many-time", 100000, 10): 1.3,
}


def median(turns, value):
    return statistics.median(map(value, turns))


def show(values):
    """Prints what was measured: values[operation, size][round]["ours" or "theirs"]. Medians of the rounds, and the
    median of the rounds' ratios; after a ratio stands what it should be, and "!" if it is not."""
    row = "%-32s %8s %-12s %12s %12s %8s %8s %s"
    print(row % ("", "size", "unit", "ours", "theirs", "ratio", "goal", ""))
    missed = 0
    ours_at = {}
    order = list(OPERATIONS)
    for (operation, size), rounds in sorted(values.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        what, unit, more_is_better = OPERATIONS[operation]
        ours = ours_at[operation, size] = median(rounds.values(), lambda turn: turn["ours"])
        both = [turn for turn in rounds.values() if len(turn) == 2]
        if not both:
            print(row % (what, size, unit, "%.4g" % ours if ours < 100 else "%.0f" % ours, "-", "-", "", ""))
            continue
        theirs = median(both, lambda turn: turn["theirs"])
        ratio = median(both, lambda turn: turn["ours"] / turn["theirs"])
        goal = RATIOS.get((operation, size), 1.0)
        met = ratio >= goal if more_is_better else ratio <= goal
        missed += not met
        number = "%.1f" if max(ours, theirs) < 1000 else "%.0f"
        print(row % (what, size, unit, number % ours, number % theirs, "%.3f" % ratio,
                     "%s %.1f" % (">" if more_is_better else "<", goal), "" if met else "!"))
    print()
    for (operation, many, few), limit in GROWTH.items():
        if (operation, many) in ours_at and ours_at.get((operation, few)):
            growth = ours_at[operation, many] / ours_at[operation, few]
            missed += growth > limit
            print("ours, %s: at %d sessions or entries %.2f times as much as at %d (goal: < %.1f)%s"
                  % (OPERATIONS[operation][0], many, growth, few, limit, "" if growth <= limit else " !"))
    print("%s goals missed" % (missed or "no"))
