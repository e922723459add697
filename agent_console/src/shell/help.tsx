import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Key, StateMark } from "../shared/ui";
import { STATES } from "../shared/words";

const KEYS = [
  ["⏎", "answer"], ["Esc", "decline"], ["H", "hold"], ["M", "mute"], ["D", "disposition"], ["N", "note"], ["G", "newCase"], ["⌘⏎", "complete"], ["⌘K", "search"], ["?", "help"],
] as const;

/** Every key of the desk and what it does. */
export function Shortcuts() {
  const { t } = useTranslation();
  return (
    <dl className="help-keys">
      {KEYS.map(([key, what]) => <div key={key}><dt><Key>{key}</Key></dt><dd>{t(`help.${what}`)}</dd></div>)}
    </dl>
  );
}

export function Help({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={open} onClose={close} title={t("help.title")} size={360} data-testid="help">
      <Shortcuts />
      <p className="faint">{t("help.typing")}</p>
      <h3 className="help-title">{t("help.stateTitle")}</h3>
      <ul className="help-states">{STATES.map((state) => <li key={state}><StateMark state={state} /><span className="faint">{t(`help.state_${state}`)}</span></li>)}</ul>
    </Drawer>
  );
}
