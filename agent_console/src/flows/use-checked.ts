import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../shared/words";
import { server } from "./api";
import type { Fault, FlowDetail } from "./api";

const QUIET_MS = 500;

/** What the server would say of the text if it were published; asked anew a moment after each change. */
export function useChecked(id: string, text: string, detail: FlowDetail, broken: boolean): { problems: readonly Fault[]; checking: boolean; failed: string | null } {
  const { t, i18n } = useTranslation();
  const [found, setFound] = useState<{ text: string; language: string; problems: readonly Fault[]; failed: string | null }>({ text: detail.yaml, language: i18n.language, problems: detail.checked.problems, failed: null });
  const language = i18n.language;
  const known = found.text === text && found.language === language;
  useEffect(() => {
    if (broken || known) return;
    const stop = new AbortController();
    const later = setTimeout(() => {
      server.check(id, text, stop.signal).then(
        ({ problems }) => setFound({ text, language, problems, failed: null }),
        (problem: unknown) => {
          if (!stop.signal.aborted) setFound((before) => ({ ...before, text, language, failed: problemText(problem, t) }));
        },
      );
    }, QUIET_MS);
    return () => {
      clearTimeout(later);
      stop.abort();
    };
  }, [id, text, broken, known, language, t]);
  return { problems: found.problems, checking: !broken && !known, failed: found.failed };
}
