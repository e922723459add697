import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { speak } from "../api/client";
import type { Lang } from "../shared/format";
import type { FlowTexts } from "../flows/texts";
import { en } from "./en";
import { zh } from "./zh";
import type { Texts } from "./zh";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Texts; flows: FlowTexts };
  }
}

const STORED = "cti.language";

/** zh first: English only for those whose browser or choice says so. */
export function firstLanguage(stored: string | null, browser: readonly string[]): Lang {
  if (stored === "zh" || stored === "en") return stored;
  const known = browser.find((tag) => /^(zh|en)\b/i.test(tag));
  return known !== undefined && /^en/i.test(known) ? "en" : "zh";
}

function settle(lang: Lang): void {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  speak(lang === "zh" ? "zh-CN" : "en");
}

export async function startTexts(): Promise<void> {
  const lng = firstLanguage(localStorage.getItem(STORED), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng, fallbackLng: "zh", resources: { zh: { translation: zh }, en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  settle(lng);
}

export function setLanguage(lang: Lang): void {
  localStorage.setItem(STORED, lang);
  settle(lang);
  void i18next.changeLanguage(lang);
}

export function useLang(): Lang {
  const { i18n } = useTranslation();
  return i18n.language === "en" ? "en" : "zh";
}
