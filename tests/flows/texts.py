"""Flows to save and publish."""

from cti_server.flows.examination import Examined, Surroundings, examine

AROUND = Surroundings(frozenset({"general", "power_fault"}), frozenset({"english"}), {})

SHOP = """\
# the shop's line · a comment that stays
id: shop
title: {zh: 商店, en: Shop}
languages: [zh, en]
numbers: ["4001"]
start: main
fallback: agent
steps:
  main:
    do: menu
    prompt: power_menu          # trailing remark
    keys: {"1": fault, "0": agent}
    timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}
    wrong_key: {prompt: wrong_key, tries: 3, next: agent}
  fault: {do: queue, queue: power_fault, prompt: power_fault}
  agent: {do: queue, queue: general, prompt: connecting_agent}
"""


def changed(old: str, new: str, text: str = SHOP) -> str:
    """The shop's flow with another word in it."""
    assert old in text
    return text.replace(old, new, 1)


def fit(text: str = SHOP, flow: str | None = None) -> Examined:
    """An examined text that may be published."""
    examined = examine(text, flow, AROUND)
    assert examined.usable, examined.problems
    return examined
