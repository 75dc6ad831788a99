"""The builtin functions of Rego.

Writing a builtin
-----------------
One file a family, each function registered by the decorator, with OPA's name and declared type::

    from policyengine.rego.runtime.builtins.registry import builtin

    @builtin("strings.repeat", "string, number -> string", context=True)
    def repeat(session: Session, text: Value, count: Value) -> Value:
        ...

- The notation of types is that of ``runtime/types.py``; the order of union members is that of
  OPA's capabilities, with which a test compares all declarations.
- Arguments are values of ``runtime/values.py`` and are never changed; lists and dicts that go into
  a result may be shared with the arguments. Generated code has not checked their types.
  The operand functions of ``operands.py`` do, with OPA's messages.
- With ``context=True`` the first argument is the ``Session`` of the evaluation: ``now_ns``,
  ``seed``, ``print_to``, ``memo``, and ``budget``. Whatever makes a string or collection whose
  size is not bounded by that of its arguments calls ``session.budget.size(n)`` *before* making
  it; whatever loops over more than it was handed calls ``session.budget.charge(n)`` in between.
- Undefined is ``UNDEFINED``, returned. A wrong operand raises ``OperandError`` (OPA's
  ``eval_type_error``), any other failure ``BuiltinError`` (``eval_builtin_error``). Generated code
  adds the name and the place, and makes both undefined unless errors are strict.
- ``Halt`` stops the evaluation even where errors are not strict.
- A builtin with ``relation=True`` (only ``walk``) returns an iterable of results.
- ``deprecated=True`` as in the capabilities. ``nondeterministic=True`` too.
- ``unavailable="reason"`` registers the declaration alone: using it is a compile error.

``BUILTINS`` of ``families.py`` has all of them by name; a new family is a line there.
"""
