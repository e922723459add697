import { App, Button, Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { showPage } from "../api/queries";
import type { Visit } from "../api/types";
import { useLang } from "../i18n";
import type { Interaction } from "../live/types";
import { ago } from "../shared/format";
import { useServerNow } from "../shared/clock";
import { Icon } from "../shared/icons";
import { PageLink } from "../shared/page-link";
import { problemText } from "../shared/words";

/** The visitor as he is now: told anew whenever something changes. */
export function useVisit(interaction: Interaction | null): Visit | null {
  const [seen, setSeen] = useState<{ id: string; visit: Visit } | null>(null);
  const id = interaction?.id ?? "";
  const fromWeb = interaction?.callback?.source === "web";
  useEffect(() => {
    if (!fromWeb) return undefined;
    const events = new EventSource(`/api/v1/interactions/${encodeURIComponent(id)}/visit/events`);
    events.addEventListener("visit", (event: MessageEvent<string>) => setSeen({ id, visit: JSON.parse(event.data) as Visit }));
    return () => events.close();
  }, [id, fromWeb]);
  return seen !== null && seen.id === id ? seen.visit : null;
}

function Show({ interaction }: { interaction: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [url, setUrl] = useState("");
  const [busy, setBusy] = useState(false);
  const show = async (): Promise<void> => {
    setBusy(true);
    try {
      await showPage(interaction, url.trim());
      setUrl("");
      void message.success(t("visit.shown"));
    } catch (problem) {
      void message.error(problemText(problem, t));
    }
    setBusy(false);
  };
  return (
    <form className="visit-show" onSubmit={(event) => { event.preventDefault(); void show(); }}>
      <Input size="small" type="url" inputMode="url" maxLength={2048} value={url} placeholder={t("visit.showHint")} aria-label={t("visit.show")} onChange={(event) => setUrl(event.target.value)} data-testid="show-url" />
      <Button size="small" htmlType="submit" loading={busy} disabled={url.trim() === ""} data-testid="show-page">{t("visit.show")}</Button>
    </form>
  );
}

/** The page he is on, and the ones before it. */
function Now({ visit }: { visit: Visit }) {
  const { t } = useTranslation();
  const lang = useLang();
  const now = useServerNow();
  const page = visit.seen.at(-1);
  const before = visit.seen.slice(0, -1).reverse().slice(0, 3);
  if (page === undefined) return <><span className="visit-name">{t("visit.now")}</span><span className="faint" data-testid="visit-now">{t("visit.unknown")}</span></>;
  return (
    <>
      <span className="visit-name"><span className="live-dot" aria-hidden="true" /> {t("visit.now")}</span>
      <div>
        <span className="visit-line"><PageLink page={page} testid="visit-now" /><span className="faint visit-ago">{ago(now - Date.parse(page.at), lang)}</span></span>
        {before.length === 0 ? null : <p className="visit-before faint" data-testid="visit-before">{t("visit.before")} {before.map((one) => one.title || one.url).join(" ← ")}</p>}
      </div>
    </>
  );
}

/** Where a web visitor asked from, what that page said beside, where he is now, and showing him a page. */
export function Visitor({ interaction, visit }: { interaction: Interaction; visit: Visit | null }) {
  const { t } = useTranslation();
  if (visit === null) return null;
  const passed = Object.entries(visit.passed);
  const last = visit.pushed.at(-1);
  return (
    <section className="visit" aria-label={t("visit.title")} data-testid="visit">
      <span className="visit-name"><Icon name="globe" /> {t("visit.from")}</span>
      <PageLink page={visit.asked_from} testid="visit-from" />
      {passed.length === 0 ? null : (
        <>
          <span className="visit-name">{t("visit.passed")}</span>
          <dl className="visit-passed" data-testid="visit-passed">{passed.map(([name, value]) => <div key={name}><dt><bdi>{name}</bdi></dt><dd><bdi>{value}</bdi></dd></div>)}</dl>
        </>
      )}
      {visit.following ? <Now visit={visit} /> : null}
      <span className="visit-name">{t("visit.show")}</span>
      <div>
        <Show key={interaction.id} interaction={interaction.id} />
        {last === undefined ? null : <p className="visit-last faint" data-testid="visit-shown">{t("visit.last")} <bdi>{last.url}</bdi></p>}
      </div>
    </section>
  );
}
