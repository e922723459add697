import { Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { useConfig } from "../api/queries";
import { useLang } from "../i18n";
import { word } from "../shared/format";
import { useWorkplace } from "../shell/context";
import "./callbacks.css";
import { DoNotCall } from "./do-not-call";
import { Ended } from "./ended";
import { Open } from "./open";

const VIEWS = ["open", "ended", "barred"] as const;

/** Who is to be rung back, for supervisors. */
export default function Callbacks() {
  const { t } = useTranslation();
  const lang = useLang();
  const { me } = useWorkplace();
  const config = useConfig().data;
  const [params, setParams] = useSearchParams();
  if (!me.permissions.includes("callbacks.all")) return <Navigate to="/" replace />;
  const view = VIEWS.find((one) => one === params.get("view")) ?? "open";
  const queue = params.get("queue");
  const set = (key: string, value: string | undefined): void => {
    const next = new URLSearchParams(params);
    if (value === undefined || value === "open") next.delete(key);
    else next.set(key, value);
    setParams(next, { replace: true });
  };
  return (
    <main className="conversations callbacks" data-testid="callbacks">
      <header className="conv-head">
        <h1>{t("nav.callbacks")}</h1>
        <div className="filters">
          <Segmented value={view} options={VIEWS.map((one) => ({ value: one, label: t(`callbacks.${one}`) }))} onChange={(value) => set("view", value)} aria-label={t("callbacks.view")} data-testid="callbacks-view" />
          {view === "barred" ? null : (
            <Select allowClear placeholder={t("conv.queue")} value={queue} onChange={(value: string | undefined) => set("queue", value)} popupMatchSelectWidth={false} aria-label={t("conv.queue")}
              options={(config?.queues ?? []).map((one) => ({ value: one.id, label: word(one.name, lang) || one.id }))} />
          )}
        </div>
      </header>
      {view === "open" ? <Open queue={queue} /> : view === "ended" ? <Ended queue={queue} /> : <DoNotCall />}
    </main>
  );
}
