import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { Icon } from "../shared/icons";
import type { Fault } from "./api";
import { useEditing } from "./context";
import { stepOf } from "./outline";
import { mistakeWords } from "./words";

/** What is wrong and what to do, as the server says it in the page's language. */
export function Faults({ problems, go }: { problems: readonly Fault[]; go?: (problem: Fault) => void }) {
  const { t } = useTranslation("flows");
  if (problems.length === 0) return null;
  return (
    <ul className="fl-faults">
      {problems.map((problem, place) => {
        const body = <><Icon name="alert" size={15} /><span><b>{problem.message}</b> {problem.remedy}<span className="fl-place">{problem.path === "" ? t("problem.flow") : problem.path}</span></span></>;
        return (
          // The same thing may be wrong twice in one place.
          <li key={`${problem.path} ${problem.message} ${place}`} className={`fl-fault fl-fault-${problem.severity}`} aria-label={`${t(`problem.${problem.severity}`)}: ${problem.message}`}>
            {go === undefined ? body : <button type="button" onClick={() => go(problem)}>{body}</button>}
          </li>
        );
      })}
    </ul>
  );
}

export function ProblemsPanel() {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { problems, checking, flow, select, show } = useEditing();
  if (flow.mistakes.length > 0) {
    return (
      <ul className="fl-faults">{flow.mistakes.map((mistake) => <li key={`${mistake.line} ${mistake.column}`} className="fl-fault fl-fault-error"><button type="button" onClick={() => show("yaml")}><Icon name="alert" size={15} /><span>{t("yamlBroken", { line: mistake.line, message: mistakeWords(mistake, lang) })}</span></button></li>)}</ul>
    );
  }
  if (problems.length === 0) return <p className="fl-note" role="status">{checking ? t("problem.checking") : <><span className="fl-good"><Icon name="check" /></span> {t("problem.none")}</>}</p>;
  return <div data-testid="problems"><Faults problems={problems} go={(problem) => { select(stepOf(problem.path, flow), problem.path); show("step"); }} /></div>;
}
