/** The callback button for any web site: <script src="…/widget.js" data-key="…" defer></script> */
import { Api, Refusal } from "./api";
import type { Offered, Slot, Status } from "./api";
import { h, icon } from "./dom";
import type { IconName } from "./dom";
import { ratedNote, ratingForm } from "./rating";
import { style } from "./style";
import { spoken, timeList, zoneHint } from "./times";
import { words } from "./words";

interface Kept { token: string; number: string; follow: boolean; done: number; zone?: string }

const script = document.currentScript as HTMLScriptElement | null;
const key = script?.dataset["key"] ?? "";
const language = (script?.dataset["lang"] ?? document.documentElement.lang).toLowerCase().startsWith("en") ? "en" : "zh";
const w = words[language];
const tag = language === "en" ? "en-GB" : "zh-CN";
const api = new Api(new URL(script?.src ?? location.href).origin, key, language);
const store = `cti.widget.${key}`;

const host = document.createElement("cti-widget");
host.lang = tag;
const root = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
root.adoptedStyleSheets = [sheet];
const all = h("div", { class: "w" });
const theme = script?.dataset["theme"];
const night = matchMedia("(prefers-color-scheme: dark)");
const shade = (): void => { all.classList.toggle("dark", theme === "dark" || (theme !== "light" && night.matches)); };
night.addEventListener("change", shade);
shade();

let kept = recall();
let status: Status | null = null;
let offered: Offered | null = null;
let slots: Slot[] = [];
let pushed: { id: number; url: string } | null = null;
let events: EventSource | null = null;
let failures = 0;
let opener: Element | null = null;
let about: Record<string, string> = {};
let where = "";
let moving = false;
/** That the visitor said how satisfied he is, and whether that was a low score. */
let rated: boolean | null = null;
const typed = { number: "", name: "", note: "" }; // stays when the form has to be drawn anew

const fabText = h("span");
const fab = h("button", { type: "button", class: "fab", "aria-haspopup": "dialog", "aria-expanded": "false", click: () => { open(fab); } }, icon("phone"), fabText);
const siteName = h("p", { class: "site" });
const title = h("h2", { id: "t" });
const body = h("div", { class: "body" });
const said = h("p", { class: "trap", "aria-live": "polite", role: "status" });
const lost = h("p", { class: "lost", hidden: true }, w.lost);
const card = h("div", { class: "card", role: "dialog", "aria-modal": "true", "aria-labelledby": "t", tabindex: "-1", hidden: true },
  h("div", { class: "head" }, h("div", {}, title, siteName), h("button", { type: "button", class: "x", "aria-label": w.close, click: close }, icon("close"))), lost, body);
all.append(fab, card, said);
root.append(all);

// -- what this tab keeps: sessionStorage, for this site only; without it the request is just not taken along ----------

function recall(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(store) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function keep(next: Kept | null): void {
  kept = next;
  try {
    if (next === null) sessionStorage.removeItem(store);
    else sessionStorage.setItem(store, JSON.stringify(next));
  } catch { /* storage is off: everything works on this page */ }
}

// -- the panel -------------------------------------------------------------------------------------------------------

/** `quietly`: he did not ask for it, and may be typing on the page. */
function open(from: Element, quietly = false): void {
  opener = from;
  card.ariaModal = String(!quietly);
  card.hidden = false;
  fab.hidden = true;
  fab.setAttribute("aria-expanded", "true");
  draw();
  if (!quietly) card.focus();
  if (kept === null && offered === null) void load();
}

function close(): void {
  card.hidden = true;
  fab.hidden = false;
  fab.setAttribute("aria-expanded", "false");
  (opener instanceof HTMLElement && opener.isConnected ? opener : fab).focus();
}

card.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    event.stopPropagation();
    close();
  }
  if (event.key !== "Tab") return;
  const stops = [...card.querySelectorAll<HTMLElement>("button,input:not([tabindex]),select,a")].filter((one) => !one.matches(":disabled") && one.offsetParent !== null);
  const at = root.activeElement;
  const first = stops[0], last = stops.at(-1);
  if (event.shiftKey && (at === first || at === card)) last?.focus();
  else if (!event.shiftKey && at === last) first?.focus();
  else return;
  event.preventDefault();
});

async function load(): Promise<void> {
  try {
    [offered, slots] = await Promise.all([api.config(), api.slots()]);
    draw();
    body.querySelector<HTMLElement>("input[type=tel]")?.focus();
  } catch (problem) {
    title.textContent = w.title;
    body.replaceChildren(trouble(problem), h("button", { type: "button", class: "quiet", click: () => void load() }, w.retry));
  }
}

function draw(): void {
  moving = false;
  fabText.textContent = status === null || status.state === "over" || status.state === "cancelled" ? w.open : headline(status);
  siteName.textContent = offered?.name[language] ?? "";
  if (card.hidden) return;
  if (kept !== null && status !== null) drawStatus(kept, status);
  else if (kept === null && offered !== null) drawForm(offered);
  else {
    title.textContent = w.title;
    body.replaceChildren(h("p", { class: "hint" }, "…"));
  }
}

const OWN: Readonly<Record<string, string>> = { callback_open: w.callback_open, number_not_allowed: w.cannot, do_not_call: w.barred, invalid_number: w.needNumber };
const OF_NUMBER = new Set(["invalid_number", "number_not_allowed", "do_not_call"]);

function trouble(problem: unknown): HTMLElement {
  const known = problem instanceof Refusal;
  const own = known ? OWN[problem.code] : undefined;
  return h("p", { class: "bad", role: "alert" }, own ?? (known && problem.message !== "" ? problem.message : w.failed));
}

// -- asking ----------------------------------------------------------------------------------------------------------

const optional = (label: string, field: HTMLElement): HTMLElement => h("label", { class: "field" }, h("span", {}, label, " ", h("i", {}, `(${w.optional})`)), field);

function drawForm(site: Offered): void {
  title.textContent = w.title;
  const number = h("input", { type: "tel", name: "number", autocomplete: "tel", inputmode: "tel", maxlength: "40", required: true, "aria-describedby": "nh", value: typed.number });
  const name = h("input", { type: "text", name: "name", autocomplete: "name", maxlength: "60", value: typed.name });
  const note = h("input", { type: "text", name: "note", autocomplete: "off", maxlength: "200", value: typed.note });
  const trap = h("input", { type: "text", name: "website", tabindex: "-1", autocomplete: "off" });
  const times = timeList(slots, w, tag);
  const zone = zoneHint(slots, w, tag, site.zone);
  const now = h("input", { type: "radio", name: "when", value: "now", checked: site.open, disabled: !site.open });
  const later = h("input", { type: "radio", name: "when", value: "at", checked: !site.open, disabled: slots.length === 0 });
  const consent = h("input", { type: "checkbox", name: "consent", required: true });
  const follow = h("input", { type: "checkbox", name: "follow" });
  const alert = h("div");
  const send = h("button", { type: "submit", class: "go" }, icon("phone"), w.send);
  const choose = (): void => { times.hidden = zone.hidden = !later.checked; };
  choose();
  const submit = async (): Promise<void> => {
    const fail = (field: HTMLElement, text: string): void => {
      field.setAttribute("aria-invalid", "true");
      alert.replaceChildren(h("p", { class: "bad", role: "alert" }, text));
      field.focus();
    };
    for (const field of [number, consent, times]) field.removeAttribute("aria-invalid");
    if (number.value.trim().length < 3) { fail(number, w.needNumber); return; }
    if (later.checked && times.value === "") { fail(times, w.needTime); return; }
    if (!consent.checked) { fail(consent, w.needConsent); return; }
    alert.replaceChildren();
    Object.assign(typed, { number: number.value, name: name.value, note: note.value });
    send.disabled = true;
    send.lastChild?.replaceWith(w.sending);
    try {
      await ask({ ...typed, website: trap.value, when: later.checked ? times.value : "now", follow: follow.checked });
    } catch (problem) {
      send.disabled = false;
      send.lastChild?.replaceWith(w.send);
      alert.replaceChildren(trouble(problem));
      if (problem instanceof Refusal && OF_NUMBER.has(problem.code)) fail(number, OWN[problem.code] ?? "");
      if (problem instanceof Refusal && ["slot_taken", "slot_full", "closed_now", "consent_changed"].includes(problem.code)) offered = null;
      if (offered === null) setTimeout(() => void load(), 2500);
    }
  };
  body.replaceChildren(
    h("p", { class: "lead" }, w.lead),
    h("form", { class: "form", novalidate: true, submit: (event) => { event.preventDefault(); void submit(); } },
      h("label", { class: "field" }, h("span", {}, w.number), number, h("span", { id: "nh", class: "hint" }, w.numberHint)),
      optional(w.name, name),
      optional(w.note, note),
      h("fieldset", { change: choose }, h("legend", {}, w.when), h("div", { class: "pair" }, h("label", {}, now, w.now), h("label", {}, later, w.at))),
      site.open ? null : h("p", { class: "hint" }, w.closedNow), times, zone,
      h("div", { class: "trap", "aria-hidden": "true" }, trap),
      h("label", { class: "tick" }, consent, h("span", {}, site.consent[language] ?? Object.values(site.consent)[0] ?? "")),
      site.follow_pages ? h("label", { class: "tick" }, follow, h("span", {}, w.follow)) : null,
      h("div", { class: "foot" }, alert, send)),
  );
}

async function ask(filled: { number: string; name: string; note: string; website: string; when: string; follow: boolean }, again = true): Promise<void> {
  if (offered === null) return;
  const passed = { ...dataOf(script), ...((window as { ctiPass?: Record<string, string> }).ctiPass ?? {}), ...about };
  try {
    const made = await api.request({ ...filled, form: offered.form, consent: offered.consent_version, page: here(), passed });
    const digits = filled.number.replace(/\s/g, "");
    keep({ token: made.token, number: digits.length > 6 ? `${digits.slice(0, 3)}…${digits.slice(-4)}` : digits, follow: filled.follow, done: 0, zone: offered.zone });
    offered = null;
    arrived(made.status);
    listen();
    card.focus();
  } catch (problem) {
    // Filled in faster than a person can, by the browser perhaps, or left open for long: a fresh form, a moment later.
    if (!again || !(problem instanceof Refusal) || !["form_too_fast", "form_expired"].includes(problem.code)) throw problem;
    if (problem.code === "form_expired") offered = await api.config();
    await new Promise((done) => setTimeout(done, 2000));
    await ask(filled, false);
  }
}

const here = (): { url: string; title: string } => ({ url: location.href.split("#")[0] ?? "", title: document.title.slice(0, 300) });

/** `data-pass-order="…"` → {order: "…"} */
function dataOf(element: HTMLElement | null): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(element?.dataset ?? {})) {
    if (name.startsWith("pass") && name.length > 4 && value !== undefined) found[name.slice(4).toLowerCase()] = value;
  }
  return found;
}

// -- what becomes of it ----------------------------------------------------------------------------------------------

function headline(now: Status): string {
  if (now.state === "over") return now.reached === false ? w.missed : w.over;
  return w[now.state];
}

function details(now: Status, mine: Kept): string[] {
  switch (now.state) {
    case "waiting": {
      const line = [typeof now.ahead === "number" ? w.ahead(now.ahead) : "", typeof now.wait_seconds === "number" ? w.wait(Math.round(now.wait_seconds / 60)) : ""];
      return [line.filter((part) => part !== "").join(language === "en" ? ", " : "，"), w.keepPhone(mine.number)];
    }
    case "scheduled": return [typeof now.at === "string" ? spoken(now.at, w, tag, mine.zone) : "", w.keepPhone(mine.number)];
    case "dialling": return [mine.number, w.diallingText];
    case "talking": return [w.talkingText(now.agent ?? "")];
    case "over": return [now.reached === false ? w.missedText : w.overText];
    case "cancelled": return [w.cancelledText];
  }
}

const PICTURE: Record<Status["state"], IconName> = { waiting: "phone", scheduled: "clock", dialling: "phone", talking: "phone", over: "done", cancelled: "close" };

function drawStatus(mine: Kept, now: Status): void {
  title.textContent = w.title;
  const last = now.state === "over" || now.state === "cancelled";
  const movable = now.state === "waiting" || now.state === "scheduled";
  const alert = h("div");
  const doing = (what: () => Promise<unknown>) => () => { what().catch((problem: unknown) => { alert.replaceChildren(trouble(problem)); }); };
  const [first, ...rest] = details(now, mine);
  const page = pushed !== null && pushed.id > mine.done && /^https?:\/\//.test(pushed.url) ? pushed : null;
  const shown = [
    h("div", { class: `now ${now.state === "over" && now.reached === false ? "missed" : now.state}`, "data-state": now.state },
      h("div", { class: "disc" }, icon(PICTURE[now.state])), h("strong", {}, headline(now)), h("p", {}, first ?? ""), ...rest.map((text) => h("p", { class: "hint" }, text))),
    page === null ? null : h("a", { class: "push", href: page.url, click: () => { keep({ ...mine, done: page.id }); } }, icon("page"), h("span", {}, w.page, h("small", {}, page.url))),
    mine.follow && !last ? h("p", { class: "see" }, w.following, h("button", { type: "button", click: doing(async () => { await api.unfollow(mine.token); keep({ ...mine, follow: false }); draw(); }) }, w.unfollow)) : null,
    now.rate !== true ? null : rated === null ? ratingForm(w, (score, comment) => api.rate(mine.token, score, comment), trouble, (low) => { rated = low; draw(); card.focus(); }) : ratedNote(w, rated),
    alert,
    movable ? h("div", { class: "two" },
      h("button", { type: "button", class: "quiet", click: doing(() => drawMove(mine)) }, w.move),
      h("button", { type: "button", class: "quiet", click: doing(async () => { await api.cancel(mine.token); arrived({ state: "cancelled" }); }) }, w.cancel)) : null,
    last ? h("button", { type: "button", class: now.rate === true ? "quiet" : "go", click: () => { rated = null; forget(); } }, w.again) : null,
  ];
  body.replaceChildren(...shown.filter((one) => one !== null));
}

async function drawMove(mine: Kept): Promise<void> {
  slots = await api.slots();
  moving = true;
  const times = timeList(slots, w, tag);
  const alert = h("div");
  const move = async (): Promise<void> => {
    if (times.value === "") { times.focus(); return; }
    try {
      const now = await api.move(mine.token, times.value);
      moving = false;
      arrived(now);
    } catch (problem) {
      alert.replaceChildren(trouble(problem));
    }
  };
  body.replaceChildren(
    h("label", { class: "field" }, h("span", {}, w.pickTime), times, zoneHint(slots, w, tag, mine.zone)), alert,
    h("button", { type: "button", class: "go", click: () => void move() }, w.moveDone),
    h("button", { type: "button", class: "quiet", click: draw }, w.back));
  times.focus();
}

function arrived(now: Status): void {
  const had = root.activeElement !== null && card.contains(root.activeElement);
  status = now;
  const text = kept === null ? "" : [headline(now), details(now, kept)[0]].join(" ");
  if (said.textContent !== text) said.textContent = text;
  // A time being chosen is not taken away from under the hands.
  if (!moving || now.state === "dialling" || now.state === "talking") draw();
  if (had && !card.contains(root.activeElement)) card.focus();
  if (now.state !== "over" && now.state !== "cancelled") return;
  if (now.rate === true && card.hidden) open(fab);
  if (kept !== null && card.hidden) forget();
  events?.close();
  events = null;
}

function listen(): void {
  if (kept === null) return;
  events?.close();
  const mine = api.events(kept.token);
  events = mine;
  mine.addEventListener("status", (event: MessageEvent<string>) => {
    failures = 0;
    lost.hidden = true;
    arrived(JSON.parse(event.data) as Status);
  });
  mine.addEventListener("page", (event: MessageEvent<string>) => {
    pushed = JSON.parse(event.data) as { id: number; url: string };
    if (kept === null || pushed.id <= kept.done) return;
    said.textContent = w.page;
    if (card.hidden) open(fab, true);
    else draw();
  });
  mine.addEventListener("error", () => {
    if (events !== mine) return;
    lost.hidden = false;
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => void resume(mine), Math.min(30, 2 ** ++failures) * 1000); // else it comes again by itself
  });
}

/** A stream that was refused: does the server not know the request any more, or is it just not there now? */
async function resume(broken: EventSource): Promise<void> {
  if (events !== broken || kept === null) return;
  try {
    await api.status(kept.token);
  } catch (problem) {
    if (problem instanceof Refusal && ["unknown_request", "unknown_site", "origin_not_allowed"].includes(problem.code)) {
      forget();
      return;
    }
  }
  if (events === broken) listen();
}

function forget(): void {
  events?.close();
  events = null;
  lost.hidden = true;
  keep(null);
  status = null;
  draw();
  if (!card.hidden && offered === null) void load();
}

/** Where he is, whenever that changes, if he agreed. */
function tell(): void {
  const { url, title: text } = here();
  if (kept?.follow !== true || url + text === where || events === null) return;
  where = url + text;
  api.page(kept.token, url, text).catch(() => undefined);
}

document.addEventListener("click", (event) => {
  const from = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-cti-open]") : null;
  if (from === null) return;
  about = dataOf(from);
  open(from);
});

document.body.append(host);
draw();
if (kept !== null) listen();
tell();
setInterval(tell, 1500);
