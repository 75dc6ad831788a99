"""``sprintf`` prints what OPA 1.22.2 prints."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy

POLICY = Policy.compile({})

# The arguments, and what OPA prints.
PRINTED: list[tuple[str, str]] = [
    ('"%s %d %v %q %x",[1,"a",1.5,"b\\n","hi"]', '%!s(int64=1) %!d(string=a) 1.5 "b\\n" 6869'),
    ('"%s",[]', "%!s(MISSING)"),
    ('"x",[1,"b"]', "x%!(EXTRA int64=1, string=b)"),
    ('"%v %v %v",[{"a":1},[1,"x"],null]', '{"a": 1} [1, "x"] null'),
    ('"%d %d",[1.0,1.5]', "%!d(float64=1) %!d(float64=1.5)"),
    (
        '"%.2f %8.3f|%-8.2f|%+d|% d|%g|%G|%e",[3.14159,2.5,1.0,5,7,1e21,1e-7,12345.678]',
        "3.14    2.500|1.00    |+5| 7|1e+21|1E-07|1.234568e+04",
    ),
    ('"%f",[1]', "%!f(int64=1)"),
    ('"%t|%5t",[true,"b"]', "%!t(string=true)|%!t(string=    b)"),
    ('"%[2]d %[1]d",[1,2]', "2 1"),
    ('"%[1]d %d %[1]d",[1,2]', "1 2 1"),
    ('"%*d|%-*d|",[5,42,5,42]', "   42|42   |"),
    ('"%*d",["x",42]', "%!(BADWIDTH)42"),
    ('"%[3]*.[2]*[1]f",[12.0,2,6]', " 12.00"),
    ('"%d %d",[1]', "1 %!d(MISSING)"),
    ('"%%|%5%|%-5%|",[]', "%|%|%|"),
    ('"%!",[]', "%!!(MISSING)"),
    ('"%!d",[1]', "%!!(int64=1)d"),
    ('"%",[1]', "%!(NOVERB)%!(EXTRA int64=1)"),
    ('"%z|%é",[1,1]', "%!z(int64=1)|%!é(int64=1)"),
    (
        (
            '"%d|%s|%x|%t",[12345678901234567890123,12345678901234567890123,'
            "12345678901234567890123,12345678901234567890123]"
        ),
        (
            "12345678901234567890123|12345678901234567890123|29d42b64e76714244cb"
            "|%!t(big.Int=12345678901234567890123)"
        ),
    ),
    ('"%v|%d|%v",[1e400,1e2,1e2]', "1e400|%!d(float64=100)|100"),
    ('"%s",[1.5]', "%!s(float64=1.5)"),
    ('"%q|%c|%U",[65,65,128512]', "'A'|A|U+1F600"),
    ('"%c|%c",[-1,1114112]', "\ufffd|\ufffd"),
    ('"%#x|%#o|%#q|%#v|%+v|%T",[255,8,"a",1,"s",1]', "0xff|010|`a`|1|s|int64"),
    ('"%10s|%-10s|%.2s|%5.1s|",["abc","abc","abcdef","xyz"]', "       abc|abc       |ab|    x|"),
    ('"%x|% x|%X|%#x",["hi","hi","hi","hi"]', "6869|68 69|6869|0x6869"),
    (
        '"%08.3f|%+.2e|%6d|%-6dx|%06d",[3.14159,12345.678,-42,-42,-42]',
        "0003.142|+1.23e+04|   -42|-42   x|-00042",
    ),
    ('"%v %v %v",[0.1,123456789.0,1e20]', "0.1 1.23456789e+08 1e+20"),
    ('"%v|%v|%v",[123456.0,1234567.5,0.00001]', "123456|1.2345675e+06|1e-05"),
    ('"%[5]d|%[x]d",[1]', "%!d(BADINDEX)|%!d(BADINDEX)"),
    ('"%.*f|%.f",[2,3.14159,3.7]', "3.14|4"),
    ('"%O|%b|%x|%b",[8,1.5,1.5,5]', "0o10|6755399441055744p-52|0x1.8p+00|101"),
    (
        '"%05s|%-05d|%05d|% 5d|%+05d|%.3d|%8.3d|%08.3d|%.0d",["ab",3,-3,3,3,7,7,7,0]',
        "000ab|3    |-0003|    3|+0003|007|     007|     007|",
    ),
    (
        '"%#b|%O|%#X|% x|%+q|%+q|%#U|%U",[5,8,255,"abc","é",233,128512,65]',
        "0b101|0o10|0XFF|61 62 63|\"\\u00e9\"|'\\u00e9'|U+1F600 '😀'|U+0041",
    ),
    (
        '"%6.2f%%|%-8gx|%08g|%+g|%.3g|%.10g|%#g",[1.5,2.5,2.5,2.5,1234.5678,100000.0,2.5]',
        "  1.50%|2.5     x|000002.5|+2.5|1.23e+03|100000|2.50000",
    ),
    ('"%q|%#q|%q",["a`b\\n","a`b","\\u2028\\u0001é😀"]', '"a`b\\n"|"a`b"|"\\u2028\\x01é😀"'),
    ('"%x|%X|%o|%b",[-255,-255,-8,-5]', "-ff|-FF|-10|-101"),
    ('"%s %s",[{"a"},{"b":[1.50,"x"]}]', '{"a"} {"b": [1.50, "x"]}'),
    ('"%e|%E|%F|%G",[1.5,1.5,1.5,0.00001]', "1.500000e+00|1.500000E+00|1.500000|1E-05"),
    ('"%T %T %T",[1.5,"a",12345678901234567890123]', "float64 string *big.Int"),
    ('"%.3s|%.10v|%5.1v",["héllo","abc",2.55]', "hél|abc|    3"),
    ('"%-+5d|%+ d",[3,3]', "+3   |+3"),
]


def called(call: str) -> Any:
    return POLICY.solutions(f"x := {call}")[0]["x"]


@pytest.mark.parametrize(("arguments", "printed"), PRINTED, ids=[item[0] for item in PRINTED])
def test_a_template_prints_as_go_prints_it(arguments: str, printed: str) -> None:
    assert called(f"sprintf({arguments})") == printed


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [("15.9, 16", "f"), ("-15, 2", "-1111"), ("8, 8", "10"), ("1e3, 10", "1000")],
)
def test_an_integer_is_written_in_a_base(arguments: str, printed: str) -> None:
    assert called(f"format_int({arguments})") == printed


@pytest.mark.parametrize("template", ["%999999999d", "%.999999999d", "%1000000000s"])
def test_a_width_that_go_does_not_read_leaves_no_verb(template: str) -> None:
    assert called(f'sprintf("{template}", [1])') == "%!(NOVERB)%!(EXTRA int64=1)"


@pytest.mark.parametrize("template", ["%9999999d%9999999d", "%.9999999d%.9999999d"])
def test_widths_beyond_all_memory_end_the_evaluation(template: str) -> None:
    with pytest.raises(EvaluationLimitExceeded):
        called(f'sprintf("{template}", [1, 1])')
