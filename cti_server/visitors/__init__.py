"""Visitors of other web sites who ask to be rung: which sites, which page, what becomes of their request."""
