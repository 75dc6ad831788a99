"""Verdicts as signed statements: in-toto predicates, DSSE envelopes, and where they are attached.

The way of a verdict: ``statement`` says it as a predicate about the image's digest; ``sign`` (by a
key) or ``keyless`` (by an identity) puts it into an envelope; ``attach`` puts that beside the
image.
"""
