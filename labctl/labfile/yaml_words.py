"""What PyYAML finds wrong, in plain words."""

import yaml

_WORDS = (
    (
        "mapping values are not allowed",
        "a ':' stands where no value may begin; "
        "put a text that holds ': ' in quotes, or indent the lines alike",
    ),
    ("cannot start any token", "{found} cannot begin a value; put the text in quotes"),
    ("could not find expected ':'", "the key has no ':'; write `key: value`"),
    (
        "expected <block end>",
        "the line does not fit those above; indent all keys of one map alike",
    ),
    ("expected ',' or ']', but got '{'", "a '{' stands within [ ]; put ${NAME} in quotes there"),
    ("expected ',' or ']'", "the list is not closed; write a ',' or a ']' here"),
    ("expected ',' or '}', but got '{'", "a '{' stands within { }; put ${NAME} in quotes there"),
    ("expected ',' or '}'", "the map is not closed; write a ',' or a '}' here"),
    ("found unexpected end of stream", "a quote is never closed; write the closing quote"),
    ("found undefined alias", "there is no anchor of that name; write &NAME before *NAME"),
    ("found duplicate anchor", "an anchor of that name is there already; use another one"),
    ("but found another document", "one document is enough; remove the '---' and what follows"),
    ("found unknown escape character", 'no such escape; write \\\\ for a backslash in "..."'),
    ("nested too deeply", "is nested too deeply for a lab file; write it flat"),
    ("too large", "is too large once aliases are filled in; write it shorter"),
    ("merge of no map", "only a map can be merged with <<; give it an alias of a map"),
)


def plain_words(error: yaml.MarkedYAMLError) -> str:
    """What is wrong, and what to write instead."""
    problem = f"{error.problem or ''}".strip()
    if "'\\t'" in problem:
        return "a tab stands here; use spaces to indent"
    for part, words in _WORDS:
        if part in problem:
            return words.replace("{found}", _quoted(problem))
    return f"not YAML: {problem or error.context}; put the text in quotes"


def broken_at(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """Where the trouble is: a quote that is never closed, where it was opened."""
    opened = error.context_mark if "unexpected end of stream" in f"{error.problem}" else None
    return opened or error.problem_mark or error.context_mark


def _quoted(problem: str) -> str:
    first, last = problem.find("'"), problem.rfind("'")
    return problem[first : last + 1] if 0 <= first < last else "this character"
