"""Imports lsprotocol without building the classes that are not used.

`import lsprotocol.types` builds 554 attrs classes by compiling generated source, which takes half of the server's start; a
session needs about a hundred of them. So `attrs.define` is replaced while lsprotocol is imported, and each class is built at
its first use. `import_lsprotocol` must be called before anything imports lsprotocol.
"""

import sys
import threading
from typing import Any, get_type_hints

import attrs

_building = threading.RLock()


class _Unbuilt:
    """A descriptor in place of a class's `__attrs_attrs__`, through which attrs' own functions look at a class."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def __get__(self, instance: object, owner: type) -> Any:
        _build(self._cls)
        return owner.__attrs_attrs__  # type: ignore[attr-defined]  # _build put it there


def _define_later(cls: type) -> type:
    """A lazy `attrs.define`: the class is built when the first instance is made, or its fields are asked for."""

    def build_and_make(self: Any, *args: Any, **kwargs: Any) -> None:
        _build(cls)
        self.__init__(*args, **kwargs)

    cls.__init__ = build_and_make  # type: ignore[misc]
    cls.__attrs_attrs__ = _Unbuilt(cls)  # type: ignore[attr-defined]
    return cls


def _build(cls: type) -> None:
    with _building:
        if isinstance(vars(cls).get("__attrs_attrs__"), _Unbuilt):
            # Nothing is taken away first, and types are known before: other threads use the class meanwhile.
            hints = get_type_hints(cls, vars(sys.modules["lsprotocol.types"]))
            cls.__annotations__ = {name: hints[name] for name in cls.__annotations__}
            # With slots it would be another class than the one that is known already.
            _define(cls, slots=False, init=True)


_define = attrs.define


def import_lsprotocol() -> None:
    """Import lsprotocol with its classes unbuilt, unless it is imported already."""
    if "lsprotocol.types" in sys.modules:
        return
    attrs.define = _define_later  # type: ignore[assignment]
    try:
        from lsprotocol import types
    finally:
        attrs.define = _define
    # lsprotocol resolves all forward references at once when the first converter is made; here each class does so itself.
    everything, types.ALL_TYPES_MAP = types.ALL_TYPES_MAP, {}
    try:
        from lsprotocol import converters

        converters.get_converter()
    finally:
        types.ALL_TYPES_MAP = everything
