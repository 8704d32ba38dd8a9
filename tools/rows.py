#!/usr/bin/env python3
"""Says for each chapter of the specification how many rows the tests cite by their id (C5, X11, ...), and which none does.

    rows.py             prints that
    rows.py --strict    and fails if a row has none
"""
import glob, os, re, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def rows():
    """{id: chapter} of all rows that have an id."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "docs/spec/*.md"))):
        chapter = os.path.basename(path)[:-3]
        for line in open(path):
            m = re.match(r"\| ([A-Z]\d+)\*? \|", line)
            if m:
                found[m.group(1)] = chapter
    return found


def test_texts():
    """The text of all tests: whole files, and of the library's sources what follows #[cfg(test)]."""
    for pattern in ("tests/**/*.rs", "tests/headers/*", "c-tests/*.c", "benches/*.rs", "fuzz/**/*.rs",
                    "tests/abi/abi_check.py", "tools/headers_check.sh", "tools/demo.sh"):
        for path in glob.glob(os.path.join(ROOT, pattern), recursive=True):
            yield open(path, errors="replace").read()
    for path in glob.glob(os.path.join(ROOT, "src/**/*.rs"), recursive=True):
        text = open(path).read()
        if os.path.basename(path) in ("tests.rs", "test.rs") or path.endswith("_tests.rs") or "/tests/" in path:
            yield text
        else:
            yield text.partition("#[cfg(test)]")[2]


def cited(known):
    ids = set()
    for text in test_texts():
        # Bytes in hexadecimal are no ids.
        text = re.sub(r"\b(?:[0-9A-Fa-f]{2} +){2,}[0-9A-Fa-f]{2}\b", "", text)
        ids |= set(re.findall(r"\b([A-Z]\d{1,3})\b", text))
        # fn x11_a_token_of_nine_bytes()
        for name in re.findall(r"\bfn (\w+)", text):
            ids |= {part.upper() for part in name.split("_") if re.fullmatch(r"[a-z]\d{1,3}", part)}
        # C9 to C12, X1..X5, X1-X5
        for letter, a, b in re.findall(r"\b([A-Z])(\d+)(?: to |\.\.\.?|-|–)[A-Z]?(\d+)\b", text):
            ids |= {f"{letter}{n}" for n in range(int(a), min(int(b), int(a) + 60) + 1)}
    return ids & set(known)


def main():
    known = rows()
    have = cited(known)
    missing = []
    for chapter in dict.fromkeys(known.values()):
        ids = sorted((i for i, c in known.items() if c == chapter), key=lambda i: int(i[1:]))
        without = [i for i in ids if i not in have]
        missing += without
        print(f"{chapter}: {len(ids) - len(without)} of {len(ids)} rows have a test")
        if without:
            print(f"  without a test: {' '.join(without)}")
    print(f"rows: {len(have)} of {len(known)} have a test")
    return 1 if missing and "--strict" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
