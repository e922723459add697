import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { Icon } from "../shared/icons";
import { useEditing } from "./context";
import { placeOf } from "./document";
import { mistakeWords } from "./words";

const LINE = 20;

/** The flow as it is written. The same text the canvas draws: what is typed here is seen there, and the other way round. */
export function YamlPane() {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const lang = useLang();
  const { id, draft, flow, selected, place, change, editable } = useEditing();
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = draft.text.split("\n").length;
  const broken = new Set(flow.mistakes.map((mistake) => mistake.line));
  const range = flow.mistakes.length > 0 || selected === "" ? null : placeOf(draft.text, flow.parsed.doc, ["steps", selected]);
  const lineOf = (offset: number): number => draft.text.slice(0, offset).split("\n").length;
  const first = range === null ? 0 : lineOf(range[0]);
  const last = range === null ? 0 : lineOf(range[1]);
  const mistake = flow.mistakes[0]?.line;

  // What was chosen on the canvas is brought into sight; while somebody types here, nothing moves.
  useEffect(() => {
    const area = field.current;
    if (area === null || document.activeElement === area) return;
    const wanted = mistake ?? first;
    if (wanted > 0) area.scrollTop = Math.max(0, (wanted - 4) * LINE);
  }, [first, mistake, place]);

  const copy = (): void => {
    void navigator.clipboard.writeText(draft.text).then(() => setCopied(true), () => field.current?.select());
  };
  const download = (): void => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([draft.text], { type: "application/yaml" }));
    link.download = `${id}.yaml`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section className="fl-yaml" data-testid="yaml">
      <header><span className="faint">{editable ? t("yaml.hint") : t("yaml.readOnly")}</span>
        <span><Button size="small" type="text" onClick={copy}>{copied ? common("common.copied") : t("yaml.copy")}</Button><Button size="small" type="text" onClick={download}>{t("yaml.download")}</Button></span>
      </header>
      {flow.mistakes.slice(0, 1).map((one) => <p key={one.line} className="fl-note fl-note-bad" role="alert"><Icon name="alert" size={15} /> {t("yamlBroken", { line: one.line, message: mistakeWords(one, lang) })}</p>)}
      <div className="fl-yaml-box">
        <div className="fl-gutter" ref={gutter} aria-hidden="true">{Array.from({ length: lines }, (_, number) => (
          <span key={number} className={broken.has(number + 1) ? "broken" : number + 1 >= first && number + 1 <= last ? "mine" : ""}>{number + 1}</span>
        ))}</div>
        <textarea ref={field} value={draft.text} readOnly={!editable} aria-label={t("yaml.label")} data-testid="yaml-text" spellCheck={false} autoCapitalize="off" autoComplete="off" wrap="off"
          onChange={(event) => change(event.target.value, "yaml")}
          onScroll={(event) => { if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop; }} />
      </div>
    </section>
  );
}
