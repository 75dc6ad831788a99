"""A language server for Rego: what the linter, the formatter and the schemas know, in an editor.

``analysis`` answers questions about modules and knows no protocol; ``server`` speaks it.
"""
