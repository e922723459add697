import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { floor, useConfig, useCustomer, useCustomerInteractions, useCustomerSurveys } from "../api/queries";
import type { Visit } from "../api/types";
import { OpenCases } from "../cases/open-cases";
import { useLang } from "../i18n";
import type { Interaction } from "../live/types";
import { clockSpan, dayTime, shownNumber, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Score } from "../shared/rating";
import { Grade } from "../shared/ui";
import { problemText, queueName, sourceText } from "../shared/words";
import { useCallerName } from "./call-card";
import { CustomerDetails } from "./customer-profile";
import { History } from "./history";
import { Visitor } from "./visitor";

function Why({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const steps = interaction.path.map((choice) => ({ keys: choice.keys, label: word(choice.label, lang) })).filter((step) => step.label !== "");
  const until = interaction.offer?.made_at ?? interaction.connected_at;
  const waited = interaction.age_from !== null && until !== null ? clockSpan(until - interaction.age_from) : null;
  const queue = queueName(interaction.queue, config, lang);
  const { callback } = interaction;
  const about = callback === null ? t("customer.direct") : callback.reason || (interaction.dialled === "" ? "" : sourceText(callback.source, t));
  return (
    <div className="why" data-testid="why">
      <span className="why-title">{t(callback === null ? "customer.why" : "callback.why")}</span>
      <span className="why-path">
        {interaction.dialled === "" ? <span>{sourceText(callback?.source, t)}</span> : <span className="num">{shownNumber(interaction.dialled)}</span>}
        {steps.length > 0 || about === "" ? null : <><i>→</i><bdi className={callback === null ? "" : "why-about"}>{about}</bdi></>}
        {steps.map((step, index) => <span key={index} className="why-step"><i>→</i>{step.keys === "" ? null : <kbd className="key num">{step.keys}</kbd>}<b>{step.label}</b></span>)}
      </span>
      <span className="why-wait num">{waited === null ? queue : queue === steps.at(-1)?.label ? t("call.waited", { time: waited }) : t("customer.waitedIn", { queue, time: waited })}</span>
    </div>
  );
}

/** How satisfied he was so far; nothing for who never said. */
function Satisfaction({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const said = useCustomerSurveys(customer).data;
  const last = said?.latest[0];
  if (said === undefined || said.average === null || last === undefined) return null;
  return (
    <p className="customer-line satisfaction" data-testid="satisfaction">
      <span className="faint">{t("survey.title")}</span>
      <b className="num">{said.average.toFixed(1)}</b>
      <span className="faint">{t("survey.answers", { n: said.answers })}</span>
      <span className="satisfaction-last"><span className="faint">{t("survey.last")}</span> <Score score={last.score} word testid="last-score" /> <time className="num faint">{dayTime(last.answered_at, lang)}</time></span>
    </p>
  );
}

/** What the flow learned for the agent: the account that was keyed in, what a look-up found. */
function Attributes({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const lang = useLang();
  const entries = Object.entries(interaction.attributes);
  if (entries.length === 0) return null;
  return (
    <dl className="attributes" aria-label={t("customer.learned")} data-testid="attributes">
      {entries.map(([name, { value, label }]) => <div key={name}><dt>{word(label, lang) || name}</dt><dd className="num">{value}</dd></div>)}
    </dl>
  );
}

function Candidates({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [asked, setAsked] = useState<string | null>(null);
  const { candidates, id: current } = interaction.customer;
  if (candidates.length < 2) return null;
  const pick = async (customer: string): Promise<void> => {
    setAsked(customer);
    try {
      await floor.pickCustomer(interaction.id, customer);
    } catch (problem) {
      void message.error(problemText(problem, t));
    }
    setAsked(null);
  };
  return (
    <div className="candidates" role="group" aria-label={t("customer.candidatesTitle")} data-testid="candidates">
      <span><Icon name="user" /> {t("customer.candidatesTitle")}</span>
      {candidates.map(([id, name]) => (
        <Button key={id} size="small" type={id === current ? "primary" : "default"} ghost={id === current} aria-pressed={id === current} loading={asked === id} onClick={() => void pick(id)} data-testid="candidate">
          {name}{id === current ? ` · ${t("customer.candidateChosen")}` : ""}
        </Button>
      ))}
    </div>
  );
}

/** Who it is, why he calls, what was before: readable at the first glance, while it still rings. */
export function CustomerPane({ interaction, visit }: { interaction: Interaction; visit: Visit | null }) {
  const { t } = useTranslation();
  const { customer } = interaction;
  const name = useCallerName(interaction);
  const record = useCustomer(customer.id);
  const history = useCustomerInteractions(customer.id);
  const number = shownNumber(customer.phone || interaction.caller);
  const hints = customer.hints.length > 0 ? customer.hints : (record.data?.hints ?? []);
  return (
    <div className="customer" data-testid="customer">
      <header className="customer-head">
        <h1 className="customer-name"><span data-testid="customer-name">{name}</span> <Grade grade={customer.grade} prospect={customer.prospect} /></h1>
        <p className="customer-line">
          {number === name ? null : <span className="num customer-number" data-testid="customer-number">{number || t("common.unknownNumber")}</span>}
          {customer.place === "" ? null : <span className="faint"><Icon name="place" size={14} /> {customer.place}</span>}
        </p>
        <Satisfaction customer={customer.id} />
        <Why interaction={interaction} />
        <Attributes interaction={interaction} />
        <Visitor interaction={interaction} visit={visit} />
        {hints.length === 0 ? null : <ul className="hints" aria-label={t("customer.hints")} data-testid="hints">{hints.map((hint) => <li key={hint}>{hint}</li>)}</ul>}
        <Candidates interaction={interaction} />
        <OpenCases customer={customer.id} />
      </header>
      {record.data === undefined ? (record.isError ? <p className="inline-problem"><Icon name="alert" /> {t("customer.recordError")} <Button size="small" type="link" onClick={() => void record.refetch()}>{t("common.retry")}</Button></p> : null) : <CustomerDetails record={record.data} without={customer.phone || interaction.caller} />}
      <h2 className="pane-title">{t("customer.timeline")}</h2>
      <History query={history} without={interaction.id} />
    </div>
  );
}
