import { Button, Dropdown } from "antd";
import type { MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { setLanguage, useLang } from "../i18n";
import { Icon } from "./icons";
import { setTheme, usePreferences } from "./preferences";
import type { ThemeChoice } from "./preferences";

export function LanguageSwitch() {
  const { t } = useTranslation();
  const lang = useLang();
  const other = lang === "zh" ? "en" : "zh";
  return (
    <Button type="text" className="quiet" aria-label={t("lang.switch")} data-testid="language" onClick={() => setLanguage(other)} lang={other === "zh" ? "zh-CN" : "en"}>
      <span className="wide-only">{t(`lang.${other}`)}</span><span className="narrow-only">{t(`lang.short_${other}`)}</span>
    </Button>
  );
}

const THEMES: readonly ThemeChoice[] = ["light", "dark", "system"];

function useThemeItems() {
  const { t } = useTranslation();
  return THEMES.map((one) => ({ key: one, label: t(`theme.${one}`), icon: <Icon name={one === "light" ? "sun" : one === "dark" ? "moon" : "screen"} /> }));
}

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { theme, dark } = usePreferences();
  const items = useThemeItems();
  return (
    <Dropdown trigger={["click"]} menu={{
      selectable: true, selectedKeys: [theme], items, onClick: ({ key }) => setTheme(key as ThemeChoice),
    }}>
      <Button type="text" className="quiet" aria-label={t("theme.label")} data-testid="theme" icon={<Icon name={dark ? "moon" : "sun"} />} />
    </Dropdown>
  );
}

/** The same two as entries of a menu, where a phone has no room for them. `chosen`: does it, if the key is one of theirs. */
export function useSwitchItems(): { items: NonNullable<MenuProps["items"]>; selected: string; chosen: (key: string) => boolean } {
  const { t } = useTranslation();
  const other = useLang() === "zh" ? "en" : "zh";
  const themes = useThemeItems();
  const { theme } = usePreferences();
  return {
    items: [
      { key: "language", label: <span lang={other === "zh" ? "zh-CN" : "en"}>{t(`lang.${other}`)}</span>, icon: <Icon name="globe" />, className: "phone-only" },
      { key: "theme", type: "group", label: t("theme.label"), children: themes, className: "phone-only" },
    ],
    selected: theme,
    chosen: (key) => {
      const wanted = THEMES.find((one) => one === key);
      if (key === "language") setLanguage(other);
      else if (wanted !== undefined) setTheme(wanted);
      return key === "language" || wanted !== undefined;
    },
  };
}
