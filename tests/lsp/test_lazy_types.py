"""lsprotocol's classes, built when they are first used: by several threads at once, for all that is known."""

import subprocess
import sys

RACE = """
import sys, threading
from forksight.lsp.wire import lazy_types
import attrs
from lsprotocol import types

sys.setswitchinterval(1e-6)
known = [each for each in types.ALL_TYPES_MAP.values() if isinstance(each, type)]  # the others are unions
unbuilt = [cls for cls in known if isinstance(vars(cls).get("__attrs_attrs__"), lazy_types._Unbuilt)]
wrong = set()

def make(cls):
    together.wait()
    try:
        cls(nonsense=1)
    except TypeError as error:
        if "unexpected keyword argument" not in str(error):
            wrong.add(f"{cls.__name__}: {error}")

def look(cls):
    together.wait()
    try:
        if any(isinstance(each.type, str) for each in attrs.fields(cls)):
            wrong.add(f"{cls.__name__}: not resolved")
    except attrs.exceptions.NotAnAttrsClassError as error:
        wrong.add(str(error))

for cls in unbuilt:
    together = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=[cls]) for work in (make, look, make, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert len(unbuilt) > 500, len(unbuilt)
assert not wrong, sorted(wrong)
"""


def test_threads_that_need_a_class_at_once_all_get_it_whole() -> None:
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
