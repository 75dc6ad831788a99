"""The settings: a file found upward from the working directory, over the defaults.

Options of the command line win over settings, settings over defaults. There is no third way, such
as variables of the environment, in which a setting could come in unseen.
"""

from __future__ import annotations

from policyengine.settings.find import load_settings
from policyengine.settings.keys import KEYS, Key
from policyengine.settings.values import Settings, SettingValue

__all__ = ["KEYS", "Key", "SettingValue", "Settings", "load_settings"]
