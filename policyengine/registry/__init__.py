"""Registries by the OCI distribution specification over HTTP: what images and bundles share.

The way of a request: ``session`` speaks to one server; ``login`` answers its challenge with what
``credentials`` finds; ``transport`` sends, repeats and redirects; ``failure`` says what went
wrong. Nothing here knows what is in a registry.
"""
