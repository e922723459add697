import { Button, Input } from "antd";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Problem } from "../api/client";
import { useDemoCaller } from "../api/queries";
import type { DemoCaller } from "../api/types";
import { useLang } from "../i18n";
import { openDemoLine } from "../phone/demoline";
import { exposeForTests } from "../phone/test-hooks";
import { clockSpan, shownNumber, word } from "../shared/format";
import { useLocalNow } from "../shared/clock";
import { Icon } from "../shared/icons";
import { useKeys } from "../shared/keys";
import { LanguageSwitch, ThemeSwitch } from "../shared/switches";
import { Blank, Failed, Loading } from "../shared/ui";
import { Levels } from "./levels";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const LETTERS: Readonly<Record<string, string>> = { "2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ" };

function Handset({ demo }: { demo: DemoCaller }) {
  const { t } = useTranslation();
  const lang = useLang();
  const line = useMemo(() => openDemoLine(demo.softphone), [demo.softphone]);
  const state = useSyncExternalStore(line.subscribe, line.state);
  const now = useLocalNow();
  const [who, setWho] = useState("0");
  const [number, setNumber] = useState("");
  const [name, setName] = useState("");
  const [dialled, setDialled] = useState(demo.numbers[0]?.dialled ?? "");
  useEffect(() => () => line.close(), [line]);
  useEffect(() => exposeForTests({ page: "caller", sound: line.sound, phone: line.state }), [line]);

  const chosen = demo.callers[Number(who)];
  const from = who === "custom" ? { number: number.replace(/[\s-]/g, ""), name } : who === "withheld" ? { number: "", name: "" } : { number: chosen?.number ?? "", name: chosen?.name ?? "" };
  const bad = who === "custom" && !/^\+?\d{3,15}$/.test(from.number);
  const busy = state.phase !== "idle";
  const call = (): void => {
    if (!busy && !bad && state.line === "ready") line.call(dialled, from);
  };
  useKeys(Object.fromEntries(busy
    ? [...KEYS.map((key) => [key, () => line.press(key)] as const), ["escape", () => line.hangUp()] as const]
    : []));

  const offersWithheld = demo.callers.some((caller) => caller.number === "");
  const people = [
    ...demo.callers.map((caller, index) => ({ key: String(index), name: caller.name || shownNumber(caller.number) || t("caller.withheld"), number: caller.number, about: caller.number === "" ? t("caller.withheldAbout") : word(caller.about, lang) })),
    ...(offersWithheld ? [] : [{ key: "withheld", name: t("caller.withheld"), number: "", about: t("caller.withheldAbout") }]),
    { key: "custom", name: t("caller.custom"), number: "", about: "" },
  ];
  const person = people.find((one) => one.key === who);
  const as = bad ? "" : who === "custom" ? [name, shownNumber(from.number)].filter(Boolean).join(" · ") : person === undefined ? "" : [...new Set([person.name, shownNumber(person.number)])].filter(Boolean).join(" · ");
  const target = demo.numbers.find((one) => one.dialled === dialled);
  const status = state.phase === "calling" ? t("caller.calling") : state.phase === "ringing" ? t("caller.ringing") : state.phase === "connected" ? t("caller.connected")
    : state.ended !== null ? (state.ended === "" ? t("caller.ended") : t(`caller.ended_${state.ended}`))
    : state.line === "ready" ? t("caller.ready") : state.line === "offline" ? t("caller.offline") : t("caller.connecting");

  return (
    <div className="caller-grid">
      <section className="caller-who">
        <h2>{t("caller.who")}</h2>
        <ul role="radiogroup" aria-label={t("caller.who")}>
          {people.map((person) => (
            <li key={person.key}>
              <label className={who === person.key ? "person chosen" : "person"}>
                <input type="radio" name="who" value={person.key} checked={who === person.key} disabled={busy} onChange={() => setWho(person.key)} data-testid="caller-choice" data-number={person.number} />
                <span className="avatar" aria-hidden="true">{person.key === "custom" ? "#" : person.number === "" ? "?" : /^[\d+]/.test(person.name) ? "☎" : (Array.from(person.name)[0] ?? "?")}</span>
                <span className="person-text"><b>{person.name}</b>{person.number === "" || shownNumber(person.number) === person.name ? null : <span className="num">{shownNumber(person.number)}</span>}{person.about === person.name ? null : <span className="faint">{person.about}</span>}</span>
              </label>
            </li>
          ))}
        </ul>
        {who !== "custom" ? null : (
          <div className="custom-who">
            <Input value={number} onChange={(event) => setNumber(event.target.value)} placeholder={t("caller.customNumber")} aria-label={t("caller.customNumber")} maxLength={20} inputMode="tel" status={bad && number !== "" ? "error" : ""} data-testid="custom-number" />
            <Input value={name} onChange={(event) => setName(event.target.value)} placeholder={`${t("caller.customName")} (${t("common.optional")})`} aria-label={t("caller.customName")} maxLength={40} data-testid="custom-name" />
            {bad && number !== "" ? <p className="form-error">{t("caller.invalidNumber")}</p> : null}
          </div>
        )}
      </section>

      <section className={`handset handset-${state.phase}`} data-testid="handset" data-phase={state.phase} data-line={state.line} data-ended={state.ended ?? "none"}>
        <div className="handset-screen">
          <div className="handset-number num">{shownNumber(dialled)}</div>
          <div className="handset-label">{word(target?.label, lang)}</div>
          <div className="handset-status" role="status">{status}</div>
          <div className="handset-time num" data-testid="caller-time">{state.since === null ? "\u00a0" : clockSpan(now - state.since)}</div>
          {busy || as === "" ? null : <div className="handset-as faint">{t("caller.as", { who: as })}</div>}
          <Levels sound={line.sound} active={state.phase === "connected"} />
        </div>
        {busy ? null : (
          <div className="dial-choice" role="group" aria-label={t("caller.dial")}>
            {demo.numbers.map((one) => (
              <button key={one.dialled} type="button" className={one.dialled === dialled ? "dial chosen" : "dial"} aria-pressed={one.dialled === dialled} onClick={() => setDialled(one.dialled)} data-testid={`dial-${one.dialled}`}>
                <b className="num">{one.dialled}</b><span>{word(one.label, lang)}</span>
              </button>
            ))}
          </div>
        )}
        {!busy ? null : (
          <>
            <div className="keypad" role="group" aria-label={t("caller.keypad")}>
              {KEYS.map((key) => (
                <button key={key} type="button" disabled={state.phase !== "connected"} onClick={() => line.press(key)} data-testid={`key-${key === "*" ? "star" : key === "#" ? "hash" : key}`}><b>{key}</b><span>{LETTERS[key] ?? "\u00a0"}</span></button>
              ))}
            </div>
            <p className="keys-pressed num faint" data-testid="keys-pressed">{state.keys === "" ? t("caller.keypad") : `${t("caller.keysPressed")} ${state.keys}`}</p>
          </>
        )}
        {state.soundBlocked ? <Button block onClick={line.enableSound} icon={<Icon name="sound" />}>{t("call.soundEnable")}</Button> : null}
        {busy ? (
          <div className="handset-buttons">
            <button type="button" className="round" aria-pressed={state.muted} onClick={() => line.setMute(!state.muted)} aria-label={state.muted ? t("caller.unmute") : t("caller.mute")} data-testid="caller-mute"><Icon name={state.muted ? "micOff" : "mic"} size={22} /></button>
            <button type="button" className="round round-end" onClick={line.hangUp} aria-label={t("caller.hangUp")} data-testid="caller-hang-up"><Icon name="hangup" size={26} /></button>
          </div>
        ) : (
          <button type="button" className="round-call" disabled={bad || state.line !== "ready" || dialled === ""} onClick={call} data-testid="call"><Icon name="phone" size={20} /> {t("caller.call")}</button>
        )}
        {busy ? null : <p className="faint handset-foot">{t("caller.micAsk")}</p>}
      </section>

      <section className="caller-try">
        <h2>{t("caller.tryTitle")}</h2>
        <ol>{(["try1", "try2", "try3", "try4"] as const).map((one) => <li key={one}>{t(`caller.${one}`)}</li>)}</ol>
        <Link to="/sign-in" target="_blank" className="demo-link"><Icon name="headset" /> {t("caller.signIn")}</Link>
      </section>
    </div>
  );
}

/** A telephone for trying the center; public, in a demo only. */
export default function Caller() {
  const { t } = useTranslation();
  const demo = useDemoCaller();
  return (
    <div className="caller-page">
      <header className="caller-head">
        <div><h1>{t("caller.title")}</h1><p className="faint">{t("caller.lead")}</p></div>
        <div className="top-tools"><LanguageSwitch /><ThemeSwitch /></div>
      </header>
      {demo.isPending ? <Loading /> : demo.data !== undefined ? <Handset demo={demo.data} />
        : demo.error instanceof Problem && demo.error.status === 404 ? <Blank title={t("caller.notDemo")} text={t("caller.notDemoText")} icon="phone"><Link to="/sign-in">{t("caller.signIn")}</Link></Blank>
        : <Failed text={t("problem.unreachable")} retry={() => void demo.refetch()} />}
    </div>
  );
}
