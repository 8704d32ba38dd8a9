#!/usr/bin/env python3
"""Our library and others, talking to each other: who is client, who is server, with and without loss.

    run.py EXAMPLES AIOCOAP_PYTHON [--secure] [--only PATTERN] [--baseline] [--jobs N] [--list]

EXAMPLES is the directory with the programs of examples/, AIOCOAP_PYTHON a Python that has aiocoap, or "-" to leave the
tests with aiocoap out. tools/interop.sh makes both and calls this. The tests are those over UDP and TCP (plain.py says
which), or with --secure those over DTLS and TLS (secure.py and refusals.py). --only runs the tests whose names match a
regular expression; --baseline lets the others talk to each other instead, to see what they can do.

Prints a line per test, and ends with 0 if all have passed.
"""

import argparse
import asyncio
import re
import signal
import sys
import time

import plain
import secure
from certificates import Certificates
from peers import Setting
from runner import Runner


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples")
    parser.add_argument("aiocoap_python")
    parser.add_argument("--secure", action="store_true", help="the tests over DTLS and TLS")
    parser.add_argument("--only", default="", help="which tests: a regular expression", metavar="PATTERN")
    parser.add_argument("--baseline", action="store_true", help="the others among themselves")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--list", action="store_true", help="only list the tests")
    arguments = parser.parse_args()

    setting = Setting(arguments.examples, arguments.aiocoap_python)
    runner = Runner(setting, arguments.jobs)
    # Who ends us by a signal wants nothing left behind, either.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    start = time.monotonic()
    try:
        if arguments.secure:
            tests = secure.tests(Certificates(setting.directory.name), arguments.baseline)
        else:
            tests = plain.tests(arguments.aiocoap_python != "-", arguments.baseline)
        tests = [test for test in tests if re.search(arguments.only, test.name)]
        if arguments.list:
            print("\n".join(test.name for test in tests))
            return 0
        await runner.run_all(tests)
    finally:
        await setting.clean_up()
    print(
        f"{len(tests)} tests, {len(runner.failures)} failures, {runner.more_tries} tries more, "
        f"{time.monotonic() - start:.0f} s"
    )
    return 1 if runner.failures or not tests else 0


sys.exit(asyncio.run(main()))
