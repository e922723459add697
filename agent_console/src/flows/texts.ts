import i18next from "i18next";
import { en } from "./en";
import { zh } from "./zh";

/** Every language has the same keys. */
export type FlowTexts = typeof zh;

/** The designer's words come with the designer. */
export function addTexts(): void {
  i18next.addResourceBundle("zh", "flows", zh);
  i18next.addResourceBundle("en", "flows", en);
}
