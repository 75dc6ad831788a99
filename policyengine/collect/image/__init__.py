"""Images, however they are reached: the same image gives the same ``Image``.

What every transport has is the image configuration, and ``Image`` is made of that alone.
"""

from __future__ import annotations

from policyengine.collect.image.read import read_image
from policyengine.collect.image.request import ImageRequest

__all__ = ["ImageRequest", "read_image"]
