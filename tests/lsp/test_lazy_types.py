"""lsprotocol's classes, built when they are first used: they are what attrs would have made of them, whoever asks first."""

import subprocess
import sys

RACE = """
import sys, threading
from forksight.lsp.wire import lazy_types
lazy_types.import_lsprotocol()
import attrs
from lsprotocol import types

sys.setswitchinterval(1e-6)
known = [cls for cls in types.ALL_TYPES_MAP.values() if isinstance(cls, type)]  # the others are unions
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
        if any(isinstance(field.type, str) for field in attrs.fields(cls)):
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


COMPARED = """
import sys, attrs
{lean}
from lsprotocol import converters, types
converter = converters.get_converter()  # resolves what types name each other by
for name, cls in sorted(types.ALL_TYPES_MAP.items()):
    if isinstance(cls, type) and attrs.has(cls):
        print(name, [(f.name, str(f.type), str(f.default), f.alias) for f in attrs.fields(cls)])
message = {{"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeAction", "params": {{
    "textDocument": {{"uri": "file:///a"}}, "range": {{"start": {{"line": 0, "character": 0}}, "end": {{"line": 0, "character": 1}}}},
    "context": {{"diagnostics": [{{"range": {{"start": {{"line": 0, "character": 0}}, "end": {{"line": 0, "character": 1}}}}, "message": "m",
        "code": 3, "data": {{"x": [1]}}, "severity": 2}}], "only": ["quickfix", "mine"], "triggerKind": 1}}}}}}
request = converter.structure(message, types.CodeActionRequest)
print(request)
assert converter.unstructure(request) == message
assert request == converter.structure(message, types.CodeActionRequest)
try:
    types.Position(line="x", character=0)
except Exception as error:
    print(type(error).__name__)
"""


def test_lsprotocol_built_late_is_lsprotocol() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", COMPARED.format(lean=lean)], capture_output=True, text=True, check=True)
        for lean in ("", "from forksight.lsp.wire.lazy_types import import_lsprotocol; import_lsprotocol()")
    ]
    assert len(runs[0].stdout.splitlines()) > 500
    assert runs[1].stdout == runs[0].stdout


def test_most_of_lsprotocol_is_never_built() -> None:
    code = """
import sys
from forksight.app.workbench import main
sys.argv = ["forksight", "server", "--stdio"]
try:
    main()
except SystemExit:
    pass
from lsprotocol import types
built = [c for c in vars(types).values() if isinstance(c, type) and isinstance(vars(c).get("__attrs_attrs__"), tuple)]
print(len(built), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert int(done.stderr) < 50
