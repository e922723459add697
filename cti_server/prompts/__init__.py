"""Prompts as sound: rendering them from text (authors), unpacking them for Asterisk (every installation)."""

from cti_server.prompts.unpack import DamagedSound as DamagedSound
from cti_server.prompts.unpack import prompts_unpacked as prompts_unpacked
from cti_server.prompts.unpack import unpack_music as unpack_music
from cti_server.prompts.unpack import unpack_prompts as unpack_prompts
