"""Docker Content Trust: Notary v1 repositories, verified by The Update Framework's rules.

``metadata`` parses, ``keys`` checks signatures, ``trusted_set`` has the rules, without IO;
``known_roots`` remembers what was seen, ``server`` and ``directory`` fetch, ``verify`` joins them.
"""

from __future__ import annotations
