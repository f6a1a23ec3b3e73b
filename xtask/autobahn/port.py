"""Carries the installed Autobahn test suite from Python 2 to Python 3.11: python port.py OCTETS_MODULE.

The package has just been installed and is untouched. `lib2to3` changes the syntax; the rules below change what it cannot know.
"""

import re
import shutil
import sys
import sysconfig
from lib2to3.main import main as lib2to3
from pathlib import Path

PACKAGE = Path(sysconfig.get_path("purelib")) / "autobahntestsuite"
IMPORT = "from autobahntestsuite import octets"

CASES = [
    # Sources with octets above 0x7f in their literals.
    (r"^# coding=utf-8", "# coding=latin-1"),
    # Hexadecimal dumps and pickles of strings.
    (r"^import (.*, )?binascii$", rf"import \1sys; {IMPORT} as binascii"),
    (r"^import pickle", IMPORT),
    (r"pickle\.dumps\((obj.)\)", r"octets.decode(\1)"),
    # The UTF-8 validator takes octets.
    (r"v\.validate\(vss\[:i\]\)", "v.validate(vss[:i].encode('latin-1'))"),
    # A base class named twice has no method order any more.
    (r"\(object, Case, *\)", "(Case,)"),
    # Integer division.
    (r"/ self\.p\.autoFragmentSize", "// self.p.autoFragmentSize"),
    # Parameters that the library has renamed.
    (r"(request|accept)NoContextTakeover", r"\1_no_context_takeover"),
    (r"(request|accept)MaxWindowBits", r"\1_max_window_bits"),
    # 9.9.1 is not in the list of cases.
    (r".*case9_9_1.*\n", ""),
]

FUZZING = [
    (r"^import os, json, binascii", "import os, json"),
    (r"^(class FuzzingProtocol):", rf"{IMPORT} as binascii\n\n\1(binascii.OctetProtocol):"),
    (r", debug *= *debug, debugCodePaths *= *debug", ""),
    (r"^def asciiLogData.*", r"\g<0>\n   data = binascii.decode(data[:maxlen + 1])"),
    (r"dd\.decode\(", "binascii.encode(dd).decode("),
    (r"''\.join\(payload\)", "b''.join(payload)"),
    # The library's own timer rounds down to whole seconds: a good server would then fail at random.
    (r"^( *)self\.repeatAgentRowPerSubcategory = .*", r"\g<0>\n\1import txaio; self._batched_timer = txaio"),
    (r"def logCase\(self, caseResults\):", r"\g<0>\n      caseResults = binascii.decode(caseResults)"),
    (r"\.encode\([\"']utf-?8[\"']\)", ""),
    (r"putChild\('cwd'", "putChild(b'cwd'"),
]

OTHERS = {
    "testee.py": FUZZING[2:3],
    "echo.py": FUZZING[2:3],
    "broadcast.py": FUZZING[2:3],
    # These belong to WAMP, another protocol of the same suite.
    "wstest.py": [(r".*serializer\n", "")],
    "report.py": [(r"^import jinja2.*\n", ""), (r"(?s)^REPORT_DIR_PERMISSIONS.*", "")],
}

SYNTAX = [
    "__init__.py",
    "choosereactor.py",
    "wstest.py",
    "echo.py",
    "broadcast.py",
    "testee.py",
    "caseset.py",
    "report.py",
    "spectemplate.py",
    "fuzzing.py",
    "massconnect.py",
    "case",
]


def rewrite(path: Path, rules: list[tuple[str, str]]) -> None:
    """Apply the rules, each to the whole text, line by line where it begins with ^."""
    text = path.read_bytes().decode("latin-1")
    for pattern, replacement in rules:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    path.write_bytes(text.encode("latin-1"))


def main() -> None:
    """Port the package in place."""
    for path in PACKAGE.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\r", b""))
    arguments = ["-w", "-n", "-j", "2", *(str(PACKAGE / name) for name in SYNTAX)]
    if lib2to3("lib2to3.fixes", arguments) != 0:
        sys.exit("lib2to3 failed")
    for path in sorted((PACKAGE / "case").glob("*.py")):
        rewrite(path, CASES)
    rewrite(PACKAGE / "fuzzing.py", FUZZING)
    for name, rules in OTHERS.items():
        rewrite(PACKAGE / name, rules)
    shutil.copyfile(sys.argv[1], PACKAGE / "octets.py")
    from autobahntestsuite.case import Cases

    if len(Cases) != 517:
        sys.exit(f"{len(Cases)} cases instead of 517")


main()
