"""Collectors: each turns somebody's bytes into evidence. Parsed once, here, into frozen values."""
