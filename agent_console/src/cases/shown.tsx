import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { CaseBrief, CaseKind } from "../api/types";
import { useLang } from "../i18n";
import { useServerNow } from "../shared/clock";
import { dayTime } from "../shared/format";

/** Which kind of case, in its colour and its word. */
export function KindTag({ kind }: { kind: CaseKind }) {
  const { t } = useTranslation();
  return <span className={`tag case-kind case-${kind}`}>{t(`case.kind_${kind}`)}</span>;
}

/** A case in one line beside its conversation. */
export function CaseLink({ brief }: { brief: CaseBrief }) {
  const { t } = useTranslation();
  return (
    <Link to={`/cases/${encodeURIComponent(brief.id)}`} className="case-link" data-testid="case-link">
      <KindTag kind={brief.kind} /> <span className="case-line">{brief.subject}</span> <span className="num faint">{brief.number}</span>{brief.state === "closed" ? <span className="tag">{t("case.state_closed")}</span> : null}
    </Link>
  );
}

const MINUTE = 60_000;

/** How long it has been open, roughly, as one says it; the exact time on hover. */
export function Age({ since }: { since: string }) {
  const now = useServerNow();
  const { t } = useTranslation();
  const lang = useLang();
  const minutes = Math.max(0, Math.floor((now - new Date(since).getTime()) / MINUTE));
  const said = minutes < 1 ? t("case.ageNow") : minutes < 60 ? t("case.ageMinutes", { n: minutes }) : minutes < 24 * 60 ? t("case.ageHours", { n: Math.floor(minutes / 60) }) : t("case.ageDays", { n: Math.floor(minutes / 60 / 24) });
  return <time className="num faint" dateTime={since} title={dayTime(since, lang)}>{said}</time>;
}
