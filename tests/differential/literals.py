"""Random texts of Rego values: ordinary ones, and those at which evaluators differ."""

from __future__ import annotations

import json
from random import Random

_STRINGS = (
    "",
    "a",
    "b",
    "abc",
    "A-b_c.d",
    "a,b,,c",
    " spaced ",
    "déjà vu",
    "日本",
    "10",
    "-1.5",
    "1e3",
    "true",
    "null",
    "a/b/c",
    "2024-02-29T12:30:00Z",
    "10.0.0.0/24",
    "10.0.0.7",
    "1.2.3-rc.1",
    "%d",
    "key",
    'quote "q"',
    "line\nend",
    "tab\t",
    "🙂",
    "ß",
    "x" * 40,
    "e\u0301a",
    "\ufb01ne",
    "\u0130I\u0131",
    "a\x00b",
    "\u2028",
    "\u00c0\u00c9",
)
_NUMBERS = (
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "10",
    "255",
    "-17",
    "0.5",
    "-2.5",
    "3.0",
    "0.1",
    "1e3",
    "1E-2",
    "100000000000000000000",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "1.7976931348623157e308",
    "12345678901234567890.123",
    "1.0",
    "1e0",
    "10e-1",
    "2.00",
    "0.0",
    "-0",
    "1E0",
    "0.12345678901234567890",
)
_PATTERNS = (
    "a",
    "^a",
    "[a-c]+",
    "(a)(b)?",
    "",
    "b*",
    "^$",
    r"\\d+",
    "[",
    "(?i)ABC",
    "x|y",
    ".",
    "(a",
)
_KEYS = ("a", "b", "c", "key", "x y", "0", "items")

# What one argument of a builtin is for, where any value of its type would seldom be accepted.
_FITTING: dict[tuple[str, int], tuple[str, ...]] = {
    ("regex.match", 0): _PATTERNS,
    ("regex.split", 0): _PATTERNS,
    ("regex.find_n", 0): _PATTERNS,
    ("regex.find_all_string_submatch_n", 0): _PATTERNS,
    ("regex.replace", 1): _PATTERNS,
    ("regex.replace", 2): ("x", "$1", "${1}z", "$$", "", "\\\\1"),
    ("regex.is_valid", 0): _PATTERNS,
    ("re_match", 0): _PATTERNS,
    ("glob.match", 0): ("*", "a*", "{a,b}", "[a-c]", "a.*.c", "**", "?", "[!a]", "{", "a/**/c"),
    ("glob.match", 2): ("a.b.c", "abc", "a/b/c", "b", ""),
    ("semver.compare", 0): ("1.2.3", "1.2.3-rc.1", "1.0.0+b", "v1.0.0", "1.2"),
    ("semver.compare", 1): ("1.2.3", "1.10.0", "1.2.3-alpha", "0.0.0"),
    ("semver.is_valid", 0): ("1.2.3", "1.2", "01.2.3", "1.2.3-x.7.z.92"),
    ("units.parse", 0): ("1K", "2.5Mi", "10", "1e3", "3m", "k", "1 K", "-5Gi", '\\"1k\\"'),
    ("units.parse_bytes", 0): ("1KB", "2.5MiB", "10", "1e3", "3b", "kb", "1 KB", "-5GiB"),
    ("base64.decode", 0): ("YQ==", "YWJj", "YQ", "%%", "_-8="),
    ("base64url.decode", 0): ("YQ==", "YWJj", "YQ", "%%", "_-8="),
    ("base64.is_valid", 0): ("YQ==", "YWJj", "YQ", "%%"),
    ("hex.decode", 0): ("6162", "616", "zz", "", "FF"),
    ("json.unmarshal", 0): ("[1, 2.50]", '{\\"a\\": null}', "1e400", "{", "", '\\"x\\"', "01"),
    ("json.is_valid", 0): ("[1]", "{", "01", "null", "1 2"),
    ("yaml.unmarshal", 0): ("a: 1", "- 1\\n- x", "yes", "{a: [b, 1.50]}", "a: b: c", "0o17"),
    ("yaml.is_valid", 0): ("a: 1", "a: b: c", "[", "- x"),
    ("time.parse_rfc3339_ns", 0): ("2024-02-29T12:30:00Z", "1999-12-31T23:59:59.5+02:00", "x"),
    ("time.parse_duration_ns", 0): ("1h", "1.5s", "-2m3us", "3", "1d", ""),
    ("time.parse_ns", 0): ("2006-01-02", "RFC3339", "Jan _2 15:04", "02.01.06"),
    ("time.parse_ns", 1): ("2024-02-29", "2024-02-29T12:30:00Z", "Feb  3 10:00", "01.02.03"),
    ("net.cidr_contains", 0): ("10.0.0.0/8", "::/0", "10.0.0.0/33", "10.1.2.3/16"),
    ("net.cidr_contains", 1): ("10.0.0.1", "10.2.0.0/16", "fe80::1", "x"),
    ("net.cidr_intersects", 0): ("10.0.0.0/8", "192.168.0.0/16"),
    ("net.cidr_intersects", 1): ("10.2.0.0/16", "::/0", "1.2.3.4"),
    ("net.cidr_expand", 0): ("10.0.0.0/30", "10.0.0.1/32", "fe80::/126", "x"),
    ("net.cidr_is_valid", 0): ("10.0.0.0/30", "10.0.0.1", "::1/128"),
    ("urlquery.decode", 0): ("a%20b", "a+b", "%zz", "x=1&y"),
    ("urlquery.decode_object", 0): ("a=1&a=2&b", "", "a=%zz", "x=1;y=2"),
    ("sprintf", 0): ("%d", "%v and %v", "%s|%5s|%-5s", "%05.2f", "%x %X", "%q", "%%", "%t", "%e"),
    ("format_int", 1): (),
    ("uuid.parse", 0): ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "x"),
    ("rego.parse_module", 0): ("x.rego",),
    ("rego.parse_module", 1): ("package a\\n\\nb := 1", "package", "x"),
    ("json.patch", 1): (),
}


def scalar(chance: Random) -> str:
    """A null, boolean, number or string."""
    kind = chance.random()
    if kind < 0.45:
        return number(chance)
    if kind < 0.85:
        return string(chance)
    return chance.choice(("true", "false", "null"))


def number(chance: Random) -> str:
    """A number as Rego source."""
    if chance.random() < 0.6:
        return str(chance.randrange(-3, 12))
    return chance.choice(_NUMBERS)


def string(chance: Random) -> str:
    """A string as Rego source, now and then a raw one."""
    text = chance.choice(_STRINGS) if chance.random() < 0.6 else chance.choice(_KEYS)
    if chance.random() < 0.1 and "`" not in text and "\n" not in text:
        return f"`{text}`"
    return json.dumps(text, ensure_ascii=chance.random() < 0.5)


def key(chance: Random) -> str:
    """A string that is the key of some object of the inputs."""
    return json.dumps(chance.choice(_KEYS))


def fitting(chance: Random, name: str, index: int) -> str | None:
    """An argument of the sort that a builtin is for; None where any of its type is."""
    options = _FITTING.get((name, index), ())
    return f'"{chance.choice(options)}"' if options else None


def json_value(chance: Random, depth: int = 3) -> object:
    """A value for an input or data document."""
    kind = chance.random()
    if depth <= 0 or kind < 0.4:
        text = scalar(chance)
        return json.loads(text) if not text.startswith("`") else text[1:-1]
    if kind < 0.7:
        return [json_value(chance, depth - 1) for _ in range(chance.randrange(5))]
    keys = chance.sample(_KEYS, chance.randrange(1, 5))
    return {name: json_value(chance, depth - 1) for name in keys}


def document(chance: Random) -> dict[str, object]:
    """An input in which the usual names have the usual types."""
    return {
        "a": chance.choice([1, 2, "a", None, True, 3.5, [1, 2], {"b": 1}]),
        "b": json_value(chance),
        "n": chance.randrange(-5, 20),
        "s": chance.choice(_STRINGS),
        "items": [
            {"id": chance.randrange(6), "name": chance.choice(_KEYS), "tags": ["a", "b"][: i % 3]}
            for i in range(chance.randrange(2, 14))
        ],
        "numbers": [chance.randrange(-3, 9) for _ in range(chance.randrange(12))],
        "names": {name: chance.randrange(6) for name in chance.sample(_KEYS, 4)},
    }
