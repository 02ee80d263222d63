"""Whether a call fits a signature."""

from forksight.core.syntax.facts import Accepts, Call, Parameter, Signature

_BY_PLACE = (Accepts.PLACE, Accepts.EITHER)
_BY_KEYWORD = (Accepts.KEYWORD, Accepts.EITHER)


def misfit(call: Call, signature: Signature) -> str | None:
    """How a call does not fit a signature, in a few words; None if it fits, or may fit."""
    parameters = signature.parameters
    by_place = [parameter for parameter in parameters if parameter.accepts in _BY_PLACE]
    accepts = {parameter.accepts for parameter in parameters}
    if call.places > len(by_place) and Accepts.REST not in accepts:
        return f"takes {_count(len(by_place))}, {call.places} given"
    given = {parameter.name for parameter in by_place[: call.places]}
    keywords = {parameter.name for parameter in parameters if parameter.accepts in _BY_KEYWORD}
    if Accepts.KEYWORDS not in accepts:
        for keyword in sorted(call.keywords - keywords):
            return f"has no parameter {keyword}"
    for keyword in sorted(call.keywords & given & keywords):
        return f"is given {keyword} twice"
    for parameter in parameters:
        if parameter.required and parameter.name not in given | call.keywords and not _may_get(parameter, call):
            return f"needs {parameter.name}"
    return None


def lands_elsewhere(call: Call, before: Signature, after: Signature) -> str | None:
    """The first parameter that exists in both signatures and that a positional argument no longer reaches, if any.

    A parameter that became optional, with a new one at its position, counts as renamed: the old name is kept for keyword
    arguments. An argument that is a variable named like the new parameter was written for that. Calls with unpacked arguments
    are not judged, since positions are unknown.
    """
    old = [parameter for parameter in before.parameters if parameter.accepts in _BY_PLACE]
    new = [parameter.name for parameter in after.parameters if parameter.accepts in _BY_PLACE]
    moved = [(was, name, given) for was, name, given in zip(old, new, call.names, strict=False) if was.name != name]
    if call.more or any(given == name for _, name, given in moved):
        return None
    names = {parameter.name for parameter in before.parameters}
    required = {parameter.name: parameter.required for parameter in after.parameters}
    for was, name, _ in moved:
        renamed = was.required and name not in names and not required.get(was.name, True)
        if was.name in required and not renamed:
            return was.name
    return None


def _may_get(parameter: Parameter, call: Call) -> bool:
    """Whether an unpacked argument may fill a parameter."""
    return (call.more and parameter.accepts in _BY_PLACE) or (call.more_keywords and parameter.accepts in _BY_KEYWORD)


def _count(number: int) -> str:
    return "1 argument by place" if number == 1 else f"{number} arguments by place"
