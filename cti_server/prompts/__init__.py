"""Prompts as sound: rendering them from text (authors), a company's own recordings, unpacking both for Asterisk."""

from cti_server.prompts.unpack import DamagedSound as DamagedSound
from cti_server.prompts.unpack import not_unpacked as not_unpacked
from cti_server.prompts.unpack import unpack_music as unpack_music
from cti_server.prompts.unpack import unpack_prompts as unpack_prompts
