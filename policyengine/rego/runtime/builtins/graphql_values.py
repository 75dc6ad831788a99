"""The rules that a GraphQL query is held to: graphql-core's, with gqlparser's ranges of numbers."""

from __future__ import annotations

from typing import Any, Final

from graphql.error import GraphQLError
from graphql.language import SKIP, FloatValueNode, IntValueNode, ObjectValueNode, VisitorAction
from graphql.type import (
    get_named_type,
    is_input_object_type,
    is_scalar_type,
    is_specified_scalar_type,
)
from graphql.validation import ASTValidationRule, ValuesOfCorrectTypeRule, specified_rules

# What Go's 64 bits hold, whatever the type; the standard's Int has 32.
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = len(str(_LARGEST))
_WHOLE: Final = frozenset({"Int", "Float", "ID"})


class _ValuesOfCorrectType(ValuesOfCorrectTypeRule):
    def enter_object_value(self, node: ObjectValueNode, *args: Any) -> VisitorAction:
        # An object without fields has none that a scalar or an enum has not.
        if not node.fields and not is_input_object_type(
            get_named_type(self.context.get_input_type())
        ):
            return SKIP
        return super().enter_object_value(node, *args)

    def enter_int_value(self, node: IntValueNode, *_args: Any) -> None:
        type_ = get_named_type(self.context.get_input_type())
        if type_ is None or not is_scalar_type(type_):
            super().enter_int_value(node)
        elif not is_specified_scalar_type(type_):
            return  # A scalar of the schema's own takes any number, also one too long for Python.
        elif type_.name not in _WHOLE or not _fits(node.value):
            self.report_error(GraphQLError(f"{type_} cannot represent {node.value[:40]}", node))

    def enter_float_value(self, node: FloatValueNode, *_args: Any) -> None:
        type_ = get_named_type(self.context.get_input_type())
        if type_ and is_specified_scalar_type(type_) and abs(float(node.value)) == float("inf"):
            self.report_error(GraphQLError(f"{type_} cannot represent {node.value[:40]}", node))
        else:
            super().enter_float_value(node)


def _fits(digits: str) -> bool:
    return len(digits.lstrip("-")) <= _DIGITS and _SMALLEST <= int(digits) <= _LARGEST


RULES: Final[tuple[type[ASTValidationRule], ...]] = tuple(
    _ValuesOfCorrectType if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules
)
