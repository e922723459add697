"""Telling other systems what happens: signed, sent again until it arrives, to addresses that may be reached."""
