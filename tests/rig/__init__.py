"""Real parts for tests: Asterisk, phones, browsers."""
