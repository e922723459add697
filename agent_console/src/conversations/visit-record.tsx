import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useVisitRecord } from "../api/queries";
import { useLang } from "../i18n";
import { dayTime, timeWithSeconds } from "../shared/format";
import { PageLink } from "../shared/page-link";

const FIRST = 8;

/** What is kept of a web visitor: where he asked from, what he wrote, which pages he let us see and was shown. */
export function VisitRecord({ interaction }: { interaction: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const [all, setAll] = useState(false);
  const visit = useVisitRecord(interaction, true).data;
  if (visit === undefined) return null;
  const steps = [
    ...visit.seen.map((page) => ({ ...page, shown: false })),
    ...visit.pushed.map((push) => ({ url: push.url, title: "", at: push.at, shown: true })),
  ].sort((one, other) => one.at.localeCompare(other.at));
  const passed = Object.entries(visit.passed);
  return (
    <section aria-label={t("visit.title")} data-testid="visit-record">
      <h3 className="pane-title">{t("visit.title")}</h3>
      <div className="visit visit-kept">
        <span className="visit-name">{t("visit.from")}</span><PageLink page={visit.asked_from} />
        {visit.name === "" ? null : <><span className="visit-name">{t("visit.name")}</span><bdi>{visit.name}</bdi></>}
        {visit.note === "" ? null : <><span className="visit-name">{t("visit.note")}</span><bdi>{visit.note}</bdi></>}
        {passed.length === 0 ? null : <><span className="visit-name">{t("visit.passed")}</span><dl className="visit-passed">{passed.map(([name, value]) => <div key={name}><dt><bdi>{name}</bdi></dt><dd><bdi>{value}</bdi></dd></div>)}</dl></>}
        <span className="visit-name">{t("visit.consent")}</span><span>{t("visit.consented", { n: visit.consent_version, time: dayTime(visit.consented_at, lang) })}</span>
      </div>
      {steps.length === 0 ? <p className="faint visit-none">{t(visit.following ? "visit.noPages" : "visit.notFollowed")}</p> : (
        <>
          <ol className="steps" data-testid="visit-pages">
            {(all ? steps : steps.slice(0, FIRST)).map((step, at) => <li key={at}><time className="num faint">{timeWithSeconds(step.at, lang)}</time><PageLink page={step.shown ? { ...step, title: t("visit.pushed") } : step} /></li>)}
          </ol>
          {all || steps.length <= FIRST ? null : <Button size="small" type="link" onClick={() => setAll(true)}>{t("visit.allPages", { n: steps.length })}</Button>}
        </>
      )}
    </section>
  );
}
