import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useExplanation } from "../api/queries";
import type { OfferExplanation } from "../api/types";
import { useLang } from "../i18n";
import { word } from "../shared/format";
import type { Lang } from "../shared/format";
import { Failed, Loading } from "../shared/ui";
import { problemText } from "../shared/words";
import { Problem } from "../api/client";

const NEAREST = ["not_preferred", "lower_membership", "lower_points", "idle_shorter", "not_asked", "busy", "unreachable", "not_ready", "in_reserve", "lacks", "not_a_member", "signed_out"];
const MOST_NAMES = 6;

export interface Others { text: string; names: readonly string[]; count: number }

/** The other agents, those who came nearest first; who has the same to be said of him shares a line. */
export function others(told: OfferExplanation, lang: Lang): readonly Others[] {
  const rank = (standing: string): number => (NEAREST.indexOf(standing) + NEAREST.length + 1) % (NEAREST.length + 1);
  const lines = new Map<string, string[]>();
  for (const said of [...told.agents].sort((one, other) => rank(one.standing) - rank(other.standing))) {
    if (said.standing === "chosen") continue;
    const text = word(said.text, lang);
    lines.set(text, [...(lines.get(text) ?? []), said.name]);
  }
  return [...lines].map(([text, names]) => ({ text, names: names.slice(0, MOST_NAMES), count: names.length }));
}

function Told({ offer }: { offer: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const query = useExplanation(offer);
  if (query.isPending) return <Loading />;
  if (query.isError) {
    if (query.error instanceof Problem && query.error.status === 410) return <p className="reason" data-testid="why-told">{t("why.forgotten")}</p>;
    return <Failed text={problemText(query.error, t)} retry={() => void query.refetch()} />;
  }
  const told = query.data;
  if (!told.reproduced) return <p className="reason" data-testid="why-told">{t("why.another")}</p>;
  const asked = word(told.asked, lang);
  const lines = others(told, lang);
  return (
    <div className="reason" data-testid="why-told">
      <p><b>{told.name}</b>{lang === "zh" ? "" : " "}{word(told.why, lang)}{t("why.stop")}</p>
      {asked === "" ? null : <p className="faint">{t("why.asked", { asked })}</p>}
      {lines.length === 0 ? null : (
        <>
          <p className="reason-more">{t("why.others")}</p>
          <ul>
            {lines.map((line) => (
              <li key={line.text}><span className="reason-names">{line.names.join(t("why.comma"))}{line.count > line.names.length ? t("why.more", { count: line.count }) : ""}</span> <span className="faint">{line.text}</span></li>
            ))}
          </ul>
        </>
      )}
      {told.passed_over.length === 0 ? null : (
        <>
          <p className="reason-more">{t("why.passed")}</p>
          <ul>{told.passed_over.map((said) => <li key={said.interaction}><span className="reason-names">{said.customer || t("customer.anonymous")}</span> <span className="faint">{word(said.text, lang)}</span></li>)}</ul>
        </>
      )}
    </div>
  );
}

/** Beside an offer: opens why it went to this agent, and why to none of the others. */
export function Why({ offer }: { offer: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" type="link" className="reason-ask" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="why">{t(open ? "why.hide" : "why.ask")}</Button>
      {open ? <Told offer={offer} /> : null}
    </>
  );
}
