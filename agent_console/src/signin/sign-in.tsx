import { useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import type { InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { askJson, Problem } from "../api/client";
import { ME, useDemoCaller } from "../api/queries";
import type { Me } from "../api/types";
import { useLang } from "../i18n";
import { word } from "../shared/format";
import { Icon } from "../shared/icons";
import { LanguageSwitch, ThemeSwitch } from "../shared/switches";
import { Waves } from "./waves";

function DemoHint() {
  const { t } = useTranslation();
  const lang = useLang();
  const demo = useDemoCaller();
  if (demo.data === undefined) return null;
  return (
    <section className="demo-hint" data-testid="demo-hint">
      <h2>{t("signIn.demoTitle")}</h2>
      <p>{t("signIn.demoAgents", { agents: "1001 – 1008" })}</p>
      <p className="faint">{t("signIn.demoPassword")}</p>
      <h3>{t("signIn.demoNumbers")}</h3>
      <ul className="demo-numbers">
        {demo.data.numbers.map((number) => (
          <li key={number.dialled}><b className="num">{number.dialled}</b> {word(number.label, lang)}</li>
        ))}
      </ul>
      <Link to="/caller" target="_blank" className="demo-link" data-testid="open-caller"><Icon name="phone" /> {t("signIn.demoCall")}</Link>
    </section>
  );
}

interface Trouble { field: "username" | "password" | null; cause: unknown }

export default function SignIn() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const state = useLocation().state as { from?: unknown; expired?: unknown } | null;
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Trouble | null>(null);
  const userField = useRef<InputRef>(null);
  const passwordField = useRef<InputRef>(null);

  const explain = ({ cause }: Trouble): string => {
    if (cause === "missingUser" || cause === "missingPassword") return t(`signIn.${cause}`);
    if (!(cause instanceof Problem)) return t("signIn.failed", { code: "unknown" });
    if (cause.unreachable || cause.status >= 502) return t("signIn.unreachable");
    if (cause.status === 401) return t("signIn.wrong");
    if (cause.status === 429) return t("signIn.tooMany");
    return cause.detail || t("signIn.failed", { code: cause.code });
  };

  const submit = async (): Promise<void> => {
    if (busy) return;
    if (username.trim() === "") {
      setError({ field: "username", cause: "missingUser" });
      userField.current?.focus();
      return;
    }
    if (password === "") {
      setError({ field: "password", cause: "missingPassword" });
      passwordField.current?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await askJson<{ user: unknown }>("/auth/token", { method: "POST", body: { username: username.trim(), password }, signingIn: true });
      client.clear();
      const me = await askJson<Me>("/me");
      client.setQueryData(ME, me);
      const from = typeof state?.from === "string" && state.from.startsWith("/") ? state.from : null;
      await navigate(from ?? (me.agent === null ? "/conversations" : "/desk"), { replace: true });
    } catch (cause) {
      setError({ field: cause instanceof Problem && cause.status === 401 ? "password" : null, cause });
      setBusy(false);
      if (cause instanceof Problem && cause.status === 401) passwordField.current?.focus({ cursor: "all" });
    }
  };

  const invalid = (field: "username" | "password"): { status: "" | "error"; "aria-invalid": boolean; "aria-describedby"?: string } =>
    error?.field === field ? { status: "error", "aria-invalid": true, "aria-describedby": "sign-in-error" } : { status: "", "aria-invalid": false };

  return (
    <div className="sign-in">
      <aside className="sign-in-side">
        <Waves />
        <div className="sign-in-brand"><Icon name="headset" size={22} /> {t("brand")}</div>
        <div className="sign-in-lead">
          <p>{t("signIn.lead")}</p>
          <ul>
            {(["point1", "point2", "point3"] as const).map((point) => <li key={point}><Icon name="check" /> {t(`signIn.${point}`)}</li>)}
          </ul>
        </div>
      </aside>
      <main className="sign-in-main">
        <div className="sign-in-tools"><LanguageSwitch /><ThemeSwitch /></div>
        <form className="sign-in-form" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
          <h1>{t("signIn.title")}</h1>
          {state?.expired === true && error === null ? <p className="note-line" role="status">{t("signIn.expired")}</p> : null}
          <label htmlFor="username">{t("signIn.username")}</label>
          <Input id="username" ref={userField} size="large" autoFocus autoComplete="username" placeholder={t("signIn.usernameHint")} maxLength={64}
            value={username} onChange={(event) => setUsername(event.target.value)} data-testid="username" {...invalid("username")} />
          <label htmlFor="password">{t("signIn.password")}</label>
          <Input.Password id="password" ref={passwordField} size="large" autoComplete="current-password" maxLength={256}
            value={password} onChange={(event) => setPassword(event.target.value)} data-testid="password" {...invalid("password")} />
          <p id="sign-in-error" className="form-error" role="alert" data-testid="sign-in-error">
            {error === null ? null : <><Icon name="alert" /> {explain(error)}</>}
          </p>
          <Button type="primary" htmlType="submit" size="large" block loading={busy} data-testid="sign-in">{t("signIn.submit")}</Button>
        </form>
        <DemoHint />
      </main>
    </div>
  );
}
