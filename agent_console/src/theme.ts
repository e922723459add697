import { theme } from "antd";
import type { ThemeConfig } from "antd";

export const FONT =
  '-apple-system, BlinkMacSystemFont, "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "Segoe UI", Roboto, sans-serif';

/** Ant Design in the colours of style.css, compact, with short motion. */
export function antTheme(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      fontFamily: FONT,
      fontSize: 14,
      colorPrimary: dark ? "#5b93f5" : "#1b55c4",
      colorInfo: dark ? "#5b93f5" : "#1b55c4",
      colorLink: dark ? "#7fabf8" : "#1b55c4",
      colorSuccess: dark ? "#3fb96f" : "#16783f",
      colorError: dark ? "#f58a84" : "#c22f2a",
      colorWarning: dark ? "#e0a33a" : "#96610a",
      colorBgBase: dark ? "#12161c" : "#ffffff",
      colorBgContainer: dark ? "#1a2028" : "#ffffff",
      colorBgElevated: dark ? "#222933" : "#ffffff",
      colorTextBase: dark ? "#e7ebf1" : "#161b24",
      colorTextPlaceholder: dark ? "#8d98a8" : "#697384",
      colorBorder: dark ? "#3a4452" : "#cfd5de",
      colorBorderSecondary: dark ? "#2a323d" : "#e3e7ed",
      borderRadius: 8,
      controlHeight: 34,
      motionDurationFast: "0.08s",
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.15s",
    },
    components: {
      Drawer: dark ? { colorBgElevated: "#161b22" } : {},
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", fontWeight: 500, ...(dark ? { primaryColor: "#0b1424" } : {}) },
    },
  };
}
