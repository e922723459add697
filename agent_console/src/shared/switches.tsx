import { Button, Dropdown } from "antd";
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

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { theme, dark } = usePreferences();
  return (
    <Dropdown trigger={["click"]} menu={{
      selectable: true, selectedKeys: [theme], onClick: ({ key }) => setTheme(key as ThemeChoice),
      items: THEMES.map((one) => ({
        key: one, label: t(`theme.${one}`), icon: <Icon name={one === "light" ? "sun" : one === "dark" ? "moon" : "screen"} />,
      })),
    }}>
      <Button type="text" className="quiet" aria-label={t("theme.label")} data-testid="theme" icon={<Icon name={dark ? "moon" : "sun"} />} />
    </Dropdown>
  );
}
