#!/usr/bin/env python3
"""The state of the 226 exported functions, as a table in README.md.

    functions.py --write    puts the table between the markers in README.md
    functions.py --check    exits 1 if the table there is not that of the sources
    functions.py --missing  prints the names of functions that do not exist yet
"""
import glob, json, os, re, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BEGIN, END = "<!-- functions: begin -->", "<!-- functions: end -->"
ADDED = {
    "coap_cache_set_limits": "coap_cache.h",
    "coap_session_refresh_psk_hint": "coap_session.h",
    "coap_session_refresh_psk_key": "coap_session.h",
}


def read(path):
    with open(os.path.join(ROOT, path)) as f:
        return f.read()


def written():
    """Names that src/capi defines: in Rust, and the variadic one in C."""
    names = set()
    for path in glob.glob(os.path.join(ROOT, "src/capi/*")):
        text = read(path)
        if path.endswith(".rs"):
            names |= set(re.findall(r'^pub (?:unsafe )?extern "C" fn (\w+)', text, re.M))
        elif path.endswith(".c"):
            names |= set(re.findall(r"^(?:\w[\w \*]*[ \*])?(coap_\w+)\([^;]*?\)\s*\{", text, re.M))
    return names


def table():
    facts = json.loads(read("tests/abi/libcoap-2.json"))
    headers = {n: facts["functions"][n]["header"] for n in facts["exports"]} | ADDED
    have = written()
    lines = ["| header | exist | still missing |", "|---|---|---|"]
    for header in sorted(set(headers.values())):
        names = sorted(n for n, h in headers.items() if h == header)
        missing = [n for n in names if n not in have]
        lines.append(f"| `{header}` | {len(names) - len(missing)} of {len(names)} | {' '.join(f'`{n}`' for n in missing) or '-'} |")
    exist = sum(n in have for n in facts["exports"])
    added = sum(n in have for n in ADDED)
    lines.append(f"| all | {exist + added} of {len(headers)} | {len(headers) - exist - added} |")
    intro = f"{exist} of the {len(facts['exports'])} functions exist, and {added} of the {len(ADDED)} that this library adds."
    return intro + "\n\n" + "\n".join(lines), [n for n in headers if n not in have]


def main():
    text, missing = table()
    if "--missing" in sys.argv:
        print("\n".join(sorted(missing)))
        return 0
    readme = read("README.md")
    before, _, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit("functions.py: README.md has no markers")
    new = f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
    if new == readme:
        return 0
    if "--write" in sys.argv:
        with open(os.path.join(ROOT, "README.md"), "w") as f:
            f.write(new)
        print("wrote the table of functions in README.md")
        return 0
    print("the table of functions in README.md is not up to date: run `make headers`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
