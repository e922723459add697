import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { dayTime } from "../shared/format";
import { Failed, Loading } from "../shared/ui";
import { problemText } from "../shared/words";
import { useDifference, useVersion, useVersions } from "./api";
import type { Difference, Version } from "./api";
import { useEditing } from "./context";
import { lineDiff } from "./diff";
import type { DiffLine } from "./diff";

/** Everything that was ever saved: what changed, by whom, and back to it. */
export function VersionsPanel({ rollBack }: { rollBack: (version: Version) => void }) {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const lang = useLang();
  const { id, detail, draft, editable } = useEditing();
  const list = useVersions(id, detail.version);
  const [compared, setCompared] = useState<{ from: number; to: number | null } | null>(null);
  const inForce = detail.in_force?.version ?? null;
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed text={problemText(list.error, common)} retry={() => void list.refetch()} />;
  return (
    <section className="fl-versions" data-testid="versions">
      {draft.text === draft.saved ? null : (
        <div className="fl-version fl-version-mine"><b>{t("versions.mine")}</b><span className="fl-version-tools"><Button size="small" onClick={() => setCompared({ from: draft.base, to: null })}>{t("versions.compare")}</Button></span></div>
      )}
      <ol>{list.data.items.map((version) => (
        <li key={version.version} className="fl-version" data-testid={`version-${version.version}`}>
          <div className="fl-version-head"><b className="num">{t("version", { n: version.version })}</b>
            {version.in_force ? <span className="tag fl-tag-live">{t("inForce")}</span> : version.version === detail.version ? <span className="tag">{t("draft")}</span> : null}
            {version.hash === null ? <span className="tag tag-warn">{t("unusable")}</span> : null}
          </div>
          <p>{version.note === "" || version.shipped ? <span className="faint">{version.shipped ? t("versions.shipped") : version.restored_from === null ? t("versions.noNote") : t("versions.restoredFrom", { n: version.restored_from })}</span> : version.note}</p>
          <span className="faint">{t("by", { who: version.saved_by, when: dayTime(version.saved_at, lang) })}</span>
          <span className="fl-version-tools">
            {inForce !== null && inForce !== version.version ? <Button size="small" type="text" onClick={() => setCompared({ from: inForce, to: version.version })}>{t("versions.withForce")}</Button> : null}
            {draft.text !== draft.saved || version.version !== draft.base ? <Button size="small" type="text" onClick={() => setCompared({ from: version.version, to: null })}>{t("versions.withMine")}</Button> : null}
            {editable && !version.in_force ? <Button size="small" data-testid={`restore-${version.version}`} onClick={() => rollBack(version)}>{t("versions.restore")}</Button> : null}
          </span>
        </li>
      ))}</ol>
      {compared === null ? null : <Comparison id={id} from={compared.from} to={compared.to} close={() => setCompared(null)} />}
    </section>
  );
}

/** Two versions side by side in words and lines; `to` null: what is in the editor. */
export function Comparison({ id, from, to, close }: { id: string; from: number; to: number | null; close: () => void }) {
  const { t } = useTranslation("flows");
  const { draft } = useEditing();
  const stored = useDifference(id, to === null ? null : from, to);
  const other = useVersion(id, to === null ? from : null);
  return (
    <Modal open width={860} footer={null} onCancel={close} title={`${t("versions.from", { n: from })} → ${to === null ? t("versions.mine") : t("versions.from", { n: to })}`} data-testid="comparison">
      {to === null ? (other.data === undefined ? <Loading /> : <Lines lines={lineDiff(other.data.yaml, draft.text)} />) : stored.data === undefined ? <Loading /> : <Differences found={stored.data} />}
    </Modal>
  );
}

export function Differences({ found }: { found: Difference }) {
  const { t } = useTranslation("flows");
  if (found.yaml === "") return <p className="fl-note">{t("versions.same")}</p>;
  return (
    <>
      {found.changes === null ? null : found.changes.length === 0 ? <p className="fl-note">{t("versions.layoutOnly")}</p> : (
        <><h3>{t("versions.words")}</h3><ul className="fl-changes">{found.changes.map((change) => <li key={`${change.step} ${change.field} ${change.words}`}>{change.words}</li>)}</ul></>
      )}
      <h3>{t("versions.text")}</h3>
      <Lines lines={found.yaml.split("\n").slice(2).map((line) => ({ sign: line.startsWith("+") ? "+" : line.startsWith("-") ? "-" : line.startsWith("@@") ? "@" : " ", text: line.startsWith("@@") ? "⋯" : line.slice(1) }))} />
    </>
  );
}

function Lines({ lines }: { lines: readonly DiffLine[] }) {
  const { t } = useTranslation("flows");
  if (lines.length === 0) return <p className="fl-note">{t("versions.same")}</p>;
  // Lines repeat; what names one is where it stands.
  return <pre className="fl-diff" tabIndex={0}>{lines.map((line, place) => <span key={place} className={line.sign === "+" ? "plus" : line.sign === "-" ? "minus" : line.sign === "@" ? "skip" : ""}>{line.sign === "@" ? line.text : `${line.sign} ${line.text}`}{"\n"}</span>)}</pre>;
}
