import { create } from "zustand";

export type ThemeChoice = "light" | "dark" | "system";
const STORED = "cti.theme";
const darkQuery = typeof matchMedia === "undefined" ? null : matchMedia("(prefers-color-scheme: dark)");

function stored(): ThemeChoice {
  const value = typeof localStorage === "undefined" ? null : localStorage.getItem(STORED);
  return value === "light" || value === "dark" ? value : "system";
}

interface Preferences { theme: ThemeChoice; dark: boolean }
const isDark = (theme: ThemeChoice): boolean => theme === "dark" || (theme === "system" && darkQuery?.matches === true);

export const usePreferences = create<Preferences>(() => ({ theme: stored(), dark: isDark(stored()) }));

const paint = (): void => {
  document.documentElement.dataset["theme"] = usePreferences.getState().dark ? "dark" : "light";
};

export function setTheme(theme: ThemeChoice): void {
  localStorage.setItem(STORED, theme);
  usePreferences.setState({ theme, dark: isDark(theme) });
}

export function startTheme(): void {
  paint();
  usePreferences.subscribe(paint);
  darkQuery?.addEventListener("change", () => usePreferences.setState(({ theme }) => ({ dark: isDark(theme) })));
}
