"""mypy --strict on many programs that all call their package `server`: python mypy_folders.py PLATFORM CACHE FOLDER…"""

import os
import sys
import time
from pathlib import Path

from mypy import api

failed = False
platform, cache, *folders = sys.argv[1:]
for index, folder in enumerate(folders):
    os.chdir(folder)
    # The cache knows a module by its name, size and time; programs differ in less.
    moment = time.time() + 100_000 * index
    for path in Path().rglob("*.py"):
        os.utime(path, (moment, moment))
    options = ["--strict", "--no-error-summary", "--cache-dir", cache]
    # A program for one system alone names it in its project file.
    if platform != "linux":
        options += ["--platform", platform]
    report, errors, status = api.run([*options, "."])
    if status != 0:
        failed = True
        print(f"{folder}:\n{report}{errors}")
sys.exit(failed)
