"""The rules of the linter, a file each."""
