import { App, Button, Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { showPage } from "../api/queries";
import type { Visit, VisitPage } from "../api/types";
import type { Interaction } from "../live/types";
import { Icon } from "../shared/icons";
import { problemText } from "../shared/words";

/** The visitor as he is now: told anew whenever something changes. */
function useVisit(interaction: Interaction): Visit | null {
  const [seen, setSeen] = useState<{ id: string; visit: Visit } | null>(null);
  const { id } = interaction;
  const fromWeb = interaction.callback?.source === "web";
  useEffect(() => {
    if (!fromWeb) return undefined;
    const events = new EventSource(`/api/v1/interactions/${encodeURIComponent(id)}/visit/events`);
    events.addEventListener("visit", (event: MessageEvent<string>) => setSeen({ id, visit: JSON.parse(event.data) as Visit }));
    return () => events.close();
  }, [id, fromWeb]);
  return seen !== null && seen.id === id ? seen.visit : null;
}

/** Of a web address, only what leads to the web; the text is what a person reads. */
function PageLink({ page, testid }: { page: VisitPage; testid: string }) {
  const safe = /^https?:\/\//.test(page.url);
  const shown = page.url.replace(/^https?:\/\//, "");
  return (
    <span className="visit-page" data-testid={testid}>
      <bdi className="visit-title">{page.title || shown}</bdi>
      {safe ? <a href={page.url} target="_blank" rel="noopener noreferrer nofollow"><bdi>{shown}</bdi></a> : null}
    </span>
  );
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

/** Where a web visitor asked from, what that page said beside, where he is now, and showing him a page. */
export function Visitor({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const visit = useVisit(interaction);
  if (visit === null) return null;
  const passed = Object.entries(visit.passed);
  const last = visit.pushed.at(-1);
  return (
    <section className="visit" aria-label={t("visit.title")} data-testid="visit">
      <span className="visit-name"><Icon name="globe" /> {t("visit.from")}</span>
      <PageLink page={visit.asked_from} testid="visit-from" />
      {visit.following ? (
        <>
          <span className="visit-name">{visit.now === null ? null : <span className="live-dot" aria-hidden="true" />} {t("visit.now")}</span>
          {visit.now === null ? <span className="faint" data-testid="visit-now">{t("visit.unknown")}</span> : <PageLink page={visit.now} testid="visit-now" />}
        </>
      ) : null}
      {passed.length === 0 ? null : (
        <>
          <span className="visit-name">{t("visit.passed")}</span>
          <dl className="visit-passed" data-testid="visit-passed">{passed.map(([name, value]) => <div key={name}><dt><bdi>{name}</bdi></dt><dd><bdi>{value}</bdi></dd></div>)}</dl>
        </>
      )}
      <span className="visit-name">{t("visit.show")}</span>
      <div>
        <Show key={interaction.id} interaction={interaction.id} />
        {last === undefined ? null : <p className="visit-last faint" data-testid="visit-shown">{t("visit.last")} <bdi>{last.url}</bdi></p>}
      </div>
    </section>
  );
}
