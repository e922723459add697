import { useConfig } from "../api/queries";
import { useLang } from "../i18n";
import { dayTime } from "./format";
import { companyClock } from "./zone";

/** By whose clocks the company's times are shown, and what to call them where this browser's show another time. */
export function useCompanyClock(): (at: Date | number) => { zone: string; name: string } {
  const zone = useConfig().data?.zone;
  const lang = useLang();
  return (at) => companyClock(zone, at, lang);
}

/** `11月22日 08:05`, by the company's clocks. */
export function When({ at }: { at: string }) {
  const lang = useLang();
  const clock = useCompanyClock()(new Date(at));
  return <><time className="num" dateTime={at}>{dayTime(at, lang, undefined, clock.zone)}</time>{clock.name === "" ? null : <> <span className="faint">{clock.name}</span></>}</>;
}
