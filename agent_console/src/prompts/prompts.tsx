import { Button, Drawer, Input, Segmented } from "antd";
import type { InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useWorkplace } from "../shell/context";
import { Icon } from "../shared/icons";
import { useKeys } from "../shared/keys";
import { Blank, Failed, Key, Loading } from "../shared/ui";
import { found, usePrompts } from "./data";
import type { PromptItem, Show } from "./data";
import { NewPrompt } from "./new-prompt";
import { OnePrompt } from "./one-prompt";
import { stop } from "./playing";
import { PromptRow } from "./prompt-row";
import "./prompts.css";

const SHOWS: readonly Show[] = ["sentences", "words", "own", "attention"];

/** Arrow keys go from row to row, on the same button. */
function move(event: React.KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const at = event.target instanceof HTMLElement ? event.target.closest("li") : null;
  const to = step === 0 ? null : step === 1 ? at?.nextElementSibling : at?.previousElementSibling;
  if (!(event.target instanceof HTMLElement) || !(to instanceof HTMLElement)) return;
  event.preventDefault();
  to.querySelector<HTMLElement>(event.target.classList.contains("play") ? ".play" : ".prompt-open")?.focus();
}

/** Everything callers hear, by language: listen, put a recording of one's own in place, take it back. */
export default function Prompts() {
  const { t } = useTranslation();
  const { me } = useWorkplace();
  const may = me.permissions.includes("prompts.edit");
  const list = usePrompts();
  const [params, setParams] = useSearchParams();
  const [dropped, setDropped] = useState<File | null>(null);
  const [adding, setAdding] = useState(false);
  const search = useRef<InputRef>(null);
  useKeys({ "/": () => search.current?.focus() });
  useEffect(() => stop, []);

  const items = list.data?.items ?? [];
  const languages = list.data?.languages ?? ["zh", "en"];
  const language = languages.find((one) => one === params.get("language")) ?? languages[0] ?? "zh";
  const show = SHOWS.find((one) => one === params.get("show")) ?? "sentences";
  const typed = params.get("q") ?? "";
  const set = (changes: Readonly<Record<string, string | null>>): void => {
    const next = new URLSearchParams(params);
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === "") next.delete(key);
      else next.set(key, value);
    }
    setParams(next, { replace: true });
  };
  if (!me.permissions.includes("prompts.read")) return <div className="page-center"><Blank title={t("prompts.deniedTitle")} text={t("prompts.deniedText")} icon="sound" /></div>;

  const shown = found(items, language, show, typed);
  const id = params.get("prompt");
  const known = items.find((item) => item.id === id && item.language === language);
  const chosen: PromptItem | null = known ?? (id === null ? null : { id, language, shipped: null, own: null, flows: [] });
  const missing = chosen === null || chosen.shipped !== null || chosen.own === null ? [] : languages.filter((one) => !items.some((item) => item.id === id && item.language === one));
  const outdated = items.filter((item) => item.own?.outdated === true).length;
  const close = (): void => {
    stop();
    setDropped(null);
    set({ prompt: null });
  };
  return (
    <main className="prompts" data-testid="prompts">
      <header className="prompts-head">
        <div>
          <h1>{t("prompts.title")}</h1>
          <p className="faint">{t("prompts.lead")}</p>
        </div>
        {may ? <Button onClick={() => setAdding(true)} data-testid="add-prompt">{t("prompts.add")}</Button> : null}
      </header>
      <div className="prompts-filters">
        <Input ref={search} allowClear value={typed} prefix={<Icon name="search" />} suffix={typed === "" ? <Key>/</Key> : null} placeholder={t("prompts.search")} aria-label={t("prompts.search")} onChange={(event) => set({ q: event.target.value })} data-testid="prompts-search" />
        <Segmented value={language} options={languages.map((one) => ({ value: one, label: t(one === "en" ? "prompts.lang_en" : "prompts.lang_zh") }))} onChange={(value) => set({ language: value })} aria-label={t("prompts.language")} data-testid="prompts-language" />
        <Segmented value={show} options={SHOWS.filter((one) => one !== "attention" || outdated > 0 || show === "attention").map((one) => ({ value: one, label: t(`prompts.${one}`) }))} onChange={(value) => set({ show: value })} aria-label={t("prompts.show")} data-testid="prompts-show" />
      </div>
      {list.isPending ? <Loading /> : list.isError ? <Failed text={t("prompts.error")} retry={() => void list.refetch()} /> : shown.length === 0 ? (
        <Blank title={t("prompts.empty")} text={t("prompts.emptyText")} icon="sound" testid="prompts-empty"><Button onClick={() => set({ q: null, show: null })}>{t("prompts.clear")}</Button></Blank>
      ) : (
        <>
          <p className="prompts-count faint" role="status">{t("prompts.count", { shown: shown.length, own: shown.filter((item) => item.own !== null).length })}</p>
          <ul className="prompt-rows" onKeyDown={move}>
            {shown.map((item) => (
              <PromptRow key={`${item.language}/${item.id}`} item={item} active={item.id === id} may={may}
                open={() => { stop(); set({ prompt: item.id }); }} dropped={(file) => { stop(); setDropped(file); set({ prompt: item.id }); }} />
            ))}
          </ul>
        </>
      )}
      <Drawer open={chosen !== null} size={560} title={t("prompts.title")} destroyOnHidden onClose={close} data-testid="prompt-drawer">
        {chosen === null ? null : <OnePrompt key={`${chosen.language}/${chosen.id}`} item={chosen} file={dropped} may={may} missing={missing} close={close} />}
      </Drawer>
      {adding ? <NewPrompt taken={(name) => items.some((item) => item.id === name)} close={() => setAdding(false)} named={(name) => { setAdding(false); set({ prompt: name }); }} /> : null}
    </main>
  );
}
