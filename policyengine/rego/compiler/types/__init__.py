"""The static types of rules: what can never hold, or never be there, is refused before it runs."""
