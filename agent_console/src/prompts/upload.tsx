import { App, Button, Input, Spin } from "antd";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../shared/icons";
import { problemText } from "../shared/words";
import { checkRecording, MOST_BYTES, putRecording } from "./data";
import type { Report } from "./data";
import { Play } from "./play";
import { stop } from "./playing";

type Checked = { state: "none" } | { state: "checking" } | { state: "refused"; why: string } | { state: "good"; report: Report };

/** The address of the file chosen on this computer, until another one is or the person leaves. */
function useLocalUrl(): [string, (file: Blob | null) => void] {
  const [url, setUrl] = useState("");
  const kept = useRef("");
  const keep = (file: Blob | null): void => {
    stop();
    if (kept.current !== "") URL.revokeObjectURL(kept.current);
    kept.current = file === null ? "" : URL.createObjectURL(file);
    setUrl(kept.current);
  };
  useEffect(() => () => {
    stop();
    if (kept.current !== "") URL.revokeObjectURL(kept.current);
  }, []);
  return [url, keep];
}

function Measured({ report }: { report: Report }) {
  const { t } = useTranslation();
  const db = Math.abs(report.gain_db).toFixed(0);
  const gain = db === "0" ? t("prompts.gainSame") : t(report.gain_db > 0 ? "prompts.gainUp" : "prompts.gainDown", { db });
  return (
    <dl className="measured">
      <div><dt>{t("prompts.length")}</dt><dd className="num">{t("prompts.seconds", { seconds: report.seconds.toFixed(1) })}</dd></div>
      <div><dt>{t("prompts.trimmed")}</dt><dd className="num">{t("prompts.seconds", { seconds: report.trimmed_seconds.toFixed(1) })}</dd></div>
      <div><dt>{t("prompts.gain")}</dt><dd className="num">{gain}</dd></div>
    </dl>
  );
}

/** From a file to what callers hear: choose or drop it, see what the check says, listen, use it. */
export function Upload({ target, words, needsWords, first, done }: {
  target: { id: string; language: string };
  /** What the prompt says now. */
  words: string;
  /** Nothing is shipped for it: the words have to be typed. */
  needsWords: boolean;
  /** A file that was dropped on its row. */
  first: File | null;
  done: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [file, setFile] = useState<File | null>(null);
  const [checked, setChecked] = useState<Checked>({ state: "none" });
  const [said, setSaid] = useState(words);
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef<File | null>(null);
  const [url, keepUrl] = useLocalUrl();
  const fieldId = useId();
  const spoken = said.trim();

  const look = async (chosen: File): Promise<void> => {
    latest.current = chosen;
    setFile(chosen);
    keepUrl(chosen);
    if (chosen.size > MOST_BYTES) {
      setChecked({ state: "refused", why: t("prompts.tooLarge") });
      return;
    }
    setChecked({ state: "checking" });
    let outcome: Checked;
    try {
      // Without words yet it is the sound alone that is looked at.
      outcome = { state: "good", report: await checkRecording(target, chosen, needsWords && spoken === "" ? "…" : spoken) };
    } catch (problem) {
      outcome = { state: "refused", why: problemText(problem, t) };
    }
    if (latest.current === chosen) setChecked(outcome);
  };
  const started = useRef(false);
  useEffect(() => {
    if (first === null || started.current) return;
    started.current = true;
    void look(first);
    // Once, for the file this was opened with.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [first]);

  const use = async (): Promise<void> => {
    if (file === null) return;
    setBusy(true);
    try {
      await putRecording(target, file, spoken);
      void message.success(t("prompts.used"));
      setChecked({ state: "none" });
      setFile(null);
      keepUrl(null);
      done();
    } catch (problem) {
      setChecked({ state: "refused", why: problemText(problem, t) });
    }
    setBusy(false);
  };

  const drop = {
    onDragOver: (event: React.DragEvent) => { event.preventDefault(); setOver(true); },
    onDragLeave: () => setOver(false),
    onDrop: (event: React.DragEvent) => {
      event.preventDefault();
      setOver(false);
      const dropped = event.dataTransfer.files[0];
      if (dropped !== undefined) void look(dropped);
    },
  };
  const doubts = checked.state === "good" && spoken === checked.report.words ? checked.report.doubts : [];
  return (
    <div className="upload" data-testid="upload" data-state={checked.state}>
      <input ref={input} type="file" hidden accept=".wav,.flac,.ogg,.opus,.mp3,.aiff,.aif,audio/*" data-testid="upload-file"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen !== undefined) void look(chosen);
        }} />
      <div className={over ? "drop over" : "drop"} {...drop}>
        {checked.state === "none" ? (
          <>
            <Icon name="mic" size={22} />
            <p><strong>{t(over ? "prompts.dropHere" : "prompts.drop")}</strong> {t("prompts.or")} <Button type="link" onClick={() => input.current?.click()} data-testid="upload-choose">{t("prompts.choose")}</Button></p>
            <p className="faint">{t("prompts.formats")}</p>
          </>
        ) : checked.state === "checking" ? (
          <p role="status"><Spin size="small" /> {t("prompts.checking", { file: file?.name ?? "" })}</p>
        ) : (
          <div className={`verdict verdict-${doubts.length > 0 ? "doubt" : checked.state}`} role={checked.state === "refused" ? "alert" : "status"} data-testid="verdict">
            <div className="verdict-head">
              <Icon name={checked.state === "refused" || doubts.length > 0 ? "alert" : "check"} size={18} />
              <strong>{t(checked.state === "refused" ? "prompts.refused" : doubts.length > 0 ? "prompts.goodDoubt" : "prompts.good")}</strong>
              <span className="verdict-file faint">{file?.name}</span>
              <Button size="small" onClick={() => input.current?.click()}>{t("prompts.another")}</Button>
            </div>
            {checked.state === "refused" ? <p>{checked.why}</p> : <Measured report={checked.report} />}
            {doubts.map((doubt) => <p key={doubt} className="doubt">{doubt}</p>)}
          </div>
        )}
      </div>
      {checked.state === "good" ? (
        <div className="use">
          {url === "" ? null : <div className="listen"><Play url={url} words={file?.name ?? ""} testid="upload-play" /><span>{t("prompts.listen")}</span></div>}
          <label htmlFor={fieldId}>{t("prompts.said")}</label>
          <Input.TextArea id={fieldId} value={said} maxLength={600} autoSize={{ minRows: 2, maxRows: 6 }} lang={target.language} onChange={(event) => setSaid(event.target.value)} data-testid="upload-words" />
          <p className="faint">{t("prompts.saidHint")}</p>
          <Button type="primary" loading={busy} disabled={spoken === ""} onClick={() => void use()} data-testid="upload-use">{t("prompts.use")}</Button>
          <p className="faint">{t("prompts.useHint")}</p>
        </div>
      ) : null}
    </div>
  );
}
