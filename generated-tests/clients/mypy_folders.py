"""mypy --strict on many programs that all call their package `server`: python mypy_folders.py CACHE FOLDER…"""

import os
import sys

from mypy import api

failed = False
cache, *folders = sys.argv[1:]
for folder in folders:
    os.chdir(folder)
    report, errors, status = api.run(["--strict", "--no-error-summary", "--cache-dir", cache, "."])
    if status != 0:
        failed = True
        print(f"{folder}:\n{report}{errors}")
sys.exit(failed)
