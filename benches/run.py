#!/usr/bin/env python3
"""The benchmarks (`make bench`): the same C programs built with our library and with Debian's libcoap3, run in turn,
measurement by measurement and round by round, so that whatever else the machine does hits both alike. What is at the
other end of the wire (load.c, streams.c, dtls.c, transfer.c, observers.c, bodies.c) uses no CoAP library and is the
same for both. Prints a table (table.py) for each pair of builds:

    our build without TLS    against    libcoap-3-notls      all that needs no TLS
    our build with OpenSSL   against    libcoap-3-openssl    DTLS and TLS, and the cache, whose keys are digests of
                                                             OpenSSL there; with ALL=1 the rest, too

Environment: ROUNDS=n          rounds (5)
             MOST=n            largest table of the cache's measurements (1000000)
             SECONDS=x         most time for one load (0.7)
             ONLY=a,b          of the names in PLAIN and SECURE below, and "instructions"
             ALL=1             measure all with the second pair
             COAP2_PREFIX=dir  where our libraries are installed (else they are built, and installed into a temporary
                               directory); of a pair that is not there nothing is measured
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import table

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
MOST = os.environ.get("MOST", "1000000")
SECONDS = os.environ.get("SECONDS", "0.7")
ONLY = os.environ.get("ONLY")
ALL = os.environ.get("ALL")
CC = [os.environ.get("CC", "cc"), "-std=c11", "-O2", "-Wall", "-Wextra"]
NEUTRAL = "load", "streams", "dtls", "transfer", "observers", "bodies"
MANY = "100000000"  # more than there is time for
OBSERVERS = 1000
BLOCKS = 1024
IDLE_SESSIONS = 10000
# CoAP's mandatory cipher suite, and those that two peers of the library agree on with a pre-shared key.
SMALL, DTLS_SUITE, TLS_SUITE = "PSK-AES128-CCM8", "ECDHE-PSK-CHACHA20-POLY1305", "TLS_CHACHA20_POLY1305_SHA256"
HANDSHAKES = (SMALL, ""), (DTLS_SUITE, "ecdhe-")
# Two programs that wait for each other in turn share a processor: else what is measured is how long an idle processor
# takes to wake up.
TOGETHER = ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
COUNTED = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]

work = tempfile.mkdtemp(prefix="libcoap-2-bench.")


def output(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600, **more)
    if done.returncode:
        sys.exit("failed: " + " ".join(command))
    return done.stdout


def results(text):
    """Lines "<operation> <size> <value>"."""
    for line in text.splitlines():
        operation, size, value = line.split()
        yield operation, int(size), float(value)


def program(name, who=None):
    return os.path.join(work, name + ("-" + who if who else ""))


def pkg_config(name, *where):
    return output(["pkg-config", "--cflags", "--libs", name], env={**os.environ, **dict(where)}).split()


def build(ours, pkgconfig, theirs):
    """The programs for our library, whose pkg-config file is in a directory `pkgconfig`, and for theirs."""
    ours = pkg_config(ours, ("PKG_CONFIG_PATH", pkgconfig)) + ["-Wl,-rpath," + os.path.dirname(pkgconfig)]
    for name in "cache", "server", "client":
        source = os.path.join(HERE, name + ".c")
        output(CC + [source, *ours, "-o", program(name, "ours")])
        output(CC + [source, "-DCOAP3", *pkg_config(theirs), "-o", program(name, "theirs")])


def install():
    """Builds our libraries and installs them; where."""
    prefix = os.path.join(work, "installed")
    for goal in [], ["install", "PREFIX=" + prefix]:
        done = subprocess.run(["make", *goal], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(done.stdout[-3000:] + "\nthe libraries do not build")
    return prefix


def free_port():
    """A port that is free for datagrams and streams."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                other.bind(one.getsockname())
                return one.getsockname()[1]


class Server:
    """A server that runs: `before` is what it is run by. Killed at the end."""

    def __init__(self, who, before=(), secure=False):
        self.port = self.load_port = free_port()
        ports = [str(self.port)]
        if secure:
            self.load_port = free_port()
            ports.append(str(self.load_port))
        self.process = subprocess.Popen([*before, program("server", who), *ports], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE if before == COUNTED else None, text=True)

    def __enter__(self):
        if self.process.stdout.readline() != "ready\n":
            sys.exit("the server does not start")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def loaded(self, name, *arguments, before=(), counted=False):
        """What one of the neutral programs prints that loads it."""
        process = "0" if counted else str(self.process.pid)
        return results(output([*before, program(name), str(self.load_port), process, *map(str, arguments)]))

    def heap(self):
        """The bytes of its heap in use, by its own account, and those of memory that it occupies, files aside."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(10)
            peer.sendto(b"\x40\x01\x00\x01\xb4heap", ("127.0.0.1", self.port))
            answer = peer.recv(100)
        with open("/proc/%d/statm" % self.process.pid) as file:
            resident, shared = map(int, file.read().split()[1:3])
        return int(answer.split(b"\xff")[1]), (resident - shared) * os.sysconf("SC_PAGESIZE")

    def instructions(self):
        """Ends a server that is run by COUNTED; the instructions that it has executed."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate()
        return int(re.search(r"Collected : (\d+)", said).group(1))


def cache(who):
    yield from results(output([program("cache", who), MOST]))


def requests(who):
    for outstanding in 8, 64:
        with Server(who) as server:
            yield from server.loaded("load", outstanding, outstanding, MANY, SECONDS)


def streams(who):
    for connections, outstanding in (1, 64), (8, 8):
        with Server(who) as server:
            yield from server.loaded("streams", connections, outstanding, MANY, SECONDS)


def transfers(who):
    for direction in "get", "put":
        with Server(who, TOGETHER) as server:
            yield from server.loaded("transfer", direction, MANY, SECONDS, before=TOGETHER)


@contextlib.contextmanager
def bodies():
    """The port of a server of bodies that runs."""
    server = subprocess.Popen([*TOGETHER, program("bodies")], stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.communicate()


def client(who):
    for direction in "get", "put":
        with bodies() as port:
            yield from results(output([*TOGETHER, program("client", who), port, direction, MANY, SECONDS]))


def notifications(who):
    with Server(who) as server:
        yield from server.loaded("observers", OBSERVERS, MANY, SECONDS)


def sessions(who):
    """The cost of a request from one of many peers. Theirs looks at all sessions for each request: not at the most."""
    for count in (10, 10000, 100000) if who == "ours" else (10, 10000):
        with Server(who) as server:
            for operation, size, value in server.loaded("load", count, 8, MANY, SECONDS):
                if operation == "request-time":
                    yield "request-of-many-time", size, value


def memory_of(server, prefix, count, *load):
    """What each of so many sessions occupies that a load leaves behind."""
    heap, pages = server.heap()
    list(server.loaded(*load))
    heap_after, pages_after = server.heap()
    yield prefix + "-heap", count, (heap_after - heap) / count
    yield prefix + "-memory", count, (pages_after - pages) / count


def memory(who):
    with Server(who) as server:
        yield from memory_of(server, "session", IDLE_SESSIONS, "load", IDLE_SESSIONS, 8, 1, SECONDS)


def handshakes(who):
    for suite, prefix in HANDSHAKES:
        with Server(who, secure=True) as server:
            for operation, size, value in server.loaded("dtls", "handshakes", suite, 8, MANY, SECONDS):
                yield prefix + operation, size, value


def dtls(who):
    for outstanding in 1, 8, 64:
        with Server(who, secure=True) as server:
            yield from server.loaded("dtls", "requests", SMALL, outstanding, outstanding, MANY, SECONDS)


def tls(who):
    for connections, outstanding in (1, 64), (8, 8):
        with Server(who, secure=True) as server:
            yield from server.loaded("streams", connections, outstanding, MANY, SECONDS, TLS_SUITE)


def dtls_memory(who):
    for prefix, count, requests in ("dtls-new-session", 1000, 0), ("dtls-session", 1000, 1), ("dtls-session", 10000, 1):
        with Server(who, secure=True) as server:
            yield from memory_of(server, prefix, count, "dtls", "idle", SMALL, count, requests)


PLAIN = {
    "cache": cache,
    "requests": requests,
    "streams": streams,
    "transfers": transfers,
    "client": client,
    "notifications": notifications,
    "sessions": sessions,
    "memory": memory,
}

SECURE = {
    "handshakes": handshakes,
    "dtls": dtls,
    "tls": tls,
    "dtls-memory": dtls_memory,
}

# The same in each round, and long.
ONCE = {"dtls-memory"}


def counted(who, names):
    """Instructions, by valgrind: those of a run less those of one half as long. The same each time, whatever else the
    machine does."""

    def of_server(operation, size, units, name, *arguments, secure=False):
        """`arguments` for a load with a factor 1 or 2, which adds so many units."""
        totals = []
        for factor in 1, 2:
            with Server(who, COUNTED, secure) as server:
                list(server.loaded(name, *(a * factor if isinstance(a, int) else a for a in arguments), counted=True))
                totals.append(server.instructions())
        return operation, size, (totals[1] - totals[0]) / units

    def of_client(direction):
        totals = []
        for times in "1", "2":
            with bodies() as port:
                done = subprocess.run([*COUNTED, program("client", who), port, direction, times, "600"],
                                      stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, check=True)
                totals.append(int(re.search(r"Collected : (\d+)", done.stderr).group(1)))
        return "client-%s-block-instructions" % direction, BLOCKS, (totals[1] - totals[0]) / BLOCKS

    def wanted(name):
        return name in names and (not ONLY or name in ONLY.split(",") or "instructions" in ONLY.split(","))

    if wanted("requests"):
        for outstanding in "1", "64":
            # a tenth more warms up
            yield of_server("request-instructions", int(outstanding), 2200,
                            "load", outstanding, outstanding, 2000, "600")
    if wanted("streams"):
        yield of_server("tcp-request-instructions", 1, 2200, "streams", "1", "64", 2000, "600")
    if wanted("transfers"):
        yield of_server("get-block-instructions", BLOCKS, BLOCKS, "transfer", "get", 1, "600")
        yield of_server("put-block-instructions", BLOCKS, BLOCKS, "transfer", "put", 1, "600")
    if wanted("notifications"):
        # every sixth is confirmable
        yield of_server("notification-instructions", OBSERVERS, 6 * OBSERVERS, "observers", str(OBSERVERS), 6, "600")
    if wanted("client"):
        yield of_client("get")
        yield of_client("put")
    if wanted("handshakes"):
        for suite, prefix in HANDSHAKES:
            yield of_server(prefix + "dtls-handshake-instructions", 8, 110,
                            "dtls", "handshakes", suite, "8", 100, "600", secure=True)
    if wanted("dtls"):
        for outstanding in "1", "64":
            yield of_server("dtls-request-instructions", int(outstanding), 2200,
                            "dtls", "requests", SMALL, outstanding, outstanding, 2000, "600", secure=True)
    if wanted("tls"):
        yield of_server("tls-request-instructions", 1, 2200, "streams", "1", "64", 2000, "600", TLS_SUITE, secure=True)


def compare(ours, theirs, pkgconfig, measurements):
    """Our library by its pkg-config name, in that directory, and theirs."""
    names = [name for name in measurements if not ONLY or name in ONLY.split(",")]
    build(ours, pkgconfig, theirs)
    values = {}

    def take(turn, who, measured):
        for operation, size, value in measured:
            values.setdefault((operation, size), {}).setdefault(turn, {})[who] = value

    for turn in range(ROUNDS):
        for name in names:
            if turn and name in ONCE:
                continue
            for who in ("ours", "theirs") if turn % 2 == 0 else ("theirs", "ours"):
                take(turn, who, measurements[name](who))
    if shutil.which("valgrind"):
        for who in "ours", "theirs":
            take(0, who, counted(who, measurements))
    if values:
        print("Ours (%s) against %s (theirs), medians of %d rounds:\n" % (ours, theirs, ROUNDS))
        table.show(values)
        print(flush=True)


def main():
    for name in NEUTRAL:
        output(CC + [os.path.join(HERE, name + ".c"), "-lssl", "-lcrypto", "-o", program(name)])
    secure = {**PLAIN, **SECURE} if ALL else {"cache": cache, **SECURE}
    prefix = os.environ.get("COAP2_PREFIX") or install()
    for ours, theirs, measurements in [("libcoap-2", "libcoap-3-notls", PLAIN),
                                       ("libcoap-2-openssl", "libcoap-3-openssl", secure)]:
        where = [path for path, _, files in os.walk(prefix) if ours + ".pc" in files]
        if where and (not ONLY or set(ONLY.split(",")) & {"instructions", *measurements}):
            compare(ours, theirs, where[0], measurements)


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(work, ignore_errors=True)
