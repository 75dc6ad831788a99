"""The Rego language, and the engines that evaluate it. Usable alone as a library."""
