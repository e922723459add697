"""Answers given by a link, and what follows from a low score. What was answered is in `interactions.surveys`."""
