"""Runs the tests named, or all, and prints one line for each and the counts at the end."""

import sys
import time
import traceback
import unittest
from pathlib import Path


class Lines(unittest.TestResult):
    """One line a test; what went wrong stands right below it."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.failed = []
        self.begun = 0.0

    def startTest(self, test):
        super().startTest(test)
        self.begun = time.monotonic()

    def say(self, word, test):
        print(f"{word:4} {time.monotonic() - self.begun:6.1f} s  {test.id()}", flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.say("ok", test)

    def wrong(self, test, error):
        self.failed.append(test.id())
        self.say("FAIL", test)
        print("".join(traceback.format_exception(*error)), flush=True)

    addError = wrong
    addFailure = wrong

    def addSkip(self, test, reason):
        # a test that cannot run shows nothing: it counts as failed
        self.failed.append(test.id())
        print(f"FAIL (not run: {reason}) {test.id()}", flush=True)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.wrong(subtest, error)


def main():
    here = Path(__file__).parent
    sys.path.insert(0, str(here))
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    if names in ([], ["--long"]):
        names = sorted(file.stem for file in here.glob("long_*.py" if names else "test_*.py"))
    result = Lines()
    for name in names:
        loader.loadTestsFromName(name).run(result)
    print(f"{result.passed} passed, {len(result.failed)} failed")
    return 0 if result.passed and not result.failed else 1


if __name__ == "__main__":
    sys.exit(main())
