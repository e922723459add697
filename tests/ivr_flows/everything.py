"""One flow with every kind of step, and the part it uses, as text."""

from collections.abc import Mapping

from ivr_flows.flow import Flow, parse_flow

EVERYTHING = """\
id: everything
languages: [zh, en]
language_skills: {en: {english: 1}}
numbers: ["4009"]
start: office
fallback: agent
calendars:
  office:
    zone: Asia/Shanghai
    week: {mon-fri: ["08:30-17:30"], sat: ["22:00-02:00"]}
    exceptions: {"2026-10-05": closed, "2026-10-10": ["09:00-12:00"]}
    every_year: {"01-01": closed}
steps:
  office: {do: hours, calendar: office, open: hello, closed: after_hours, holiday: on_holiday}
  after_hours: {do: voicemail, prompt: closed_hours}
  on_holiday: {do: hang_up, prompt: goodbye}
  hello: {do: say, prompt: power_greeting, next: known}
  known:
    do: branch
    when:
      - {if: "caller.grade == 'gold' && caller.known", next: gold}
      - {if: "caller.place.startsWith('南京')", next: local}
    otherwise: main
  gold: {do: set, priority: 5, skills: {vip: 3}, show: {grade: {value: caller.grade, title: {zh: 等级}}}, next: main}
  local: {do: set, variables: {area: "'025'", visits: "1 + 1"}, next: main}
  main:
    do: menu
    prompt: power_menu
    keys: {"1": account, "2": english, "3": identify, "4": legacy, "5": report, "0": agent, "*": main}
    timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}
    wrong_key: {prompt: wrong_key, tries: 3, next: agent}
  english: {do: set_language, language: en, next: main}
  account:
    do: collect
    prompt: other_language
    into: account
    digits: {min: 4, max: 8}
    timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: look_up
  look_up:
    do: ask
    connector: billing
    action: arrears
    arguments: {account: account, area: "caller.place"}
    timeout: 2.5
    into: bill
    next: owes
    reasons: {not_found: account}
    otherwise: agent
  owes:
    do: branch
    when: [{if: "double(bill.amount) > 0.0", next: tell}]
    otherwise: main
  tell:
    do: say
    prompt: [power_billing_is, {say: money, value: bill.amount}, goodbye]
    unsaid: agent
    next: main
  identify: {do: sub_flow, flow: identity, next: identified}
  identified:
    do: branch
    when: [{if: "who.ok", next: billing}]
    otherwise: agent
  billing: {do: queue, queue: power_billing, prompt: connecting, priority: 2, title: {zh: 电费, en: Bills}}
  legacy: {do: script, script: old_agi, timeout: 20, into: old, next: billing, otherwise: agent}
  report:
    do: dictate
    title: {zh: 现场报告, en: Field report}
    codes:
      - {name: job, title: {zh: 任务号, en: Job}, digits: {min: 4, max: 8}}
      - {name: result, prompt: other_language, digits: {max: 1}}
    seconds: 60
    timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: main
    otherwise: agent
  agent: {do: queue, queue: general, prompt: connecting_agent}
""".replace("power_billing_is", "connecting")

IDENTITY = """\
id: identity
languages: [zh, en]
start: pin
fallback: person
steps:
  pin:
    do: collect
    prompt: other_language
    into: pin
    secret: true
    digits: {min: 6, max: 6}
    timeout: {seconds: 5, next: person}
    wrong_key: {prompt: input_error, tries: 2, next: person}
    next: verify
  verify:
    do: ask
    connector: customers
    action: verify
    arguments: {pin: pin, phone: caller.phone}
    into: who
    next: done
    otherwise: person
  done: {do: return}
  person: {do: queue, queue: general}
"""

LIBRARY: Mapping[str, Flow] = {
    "everything": parse_flow(EVERYTHING.encode(), "everything.yaml"),
    "identity": parse_flow(IDENTITY.encode(), "identity.yaml"),
}
FLOW = LIBRARY["everything"]
CONNECTORS = {"billing": ["arrears"], "customers": ["verify"]}
SCRIPTS = ["old_agi"]
