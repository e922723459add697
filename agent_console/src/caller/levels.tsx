import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Sound } from "../phone/sound";

/** Loudness of both sides. Painted outside of React: it changes sixty times a second. */
export function Levels({ sound, active }: { sound: Sound; active: boolean }) {
  const { t } = useTranslation();
  const far = useRef<HTMLSpanElement>(null);
  const near = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (bar: HTMLSpanElement | null, level: number): void => {
      if (bar !== null) bar.style.transform = `scaleX(${level.toFixed(3)})`;
    };
    if (!active) {
      show(far.current, 0);
      show(near.current, 0);
      return;
    }
    let frame = requestAnimationFrame(function paint() {
      show(far.current, sound.level("far"));
      show(near.current, sound.level("near"));
      frame = requestAnimationFrame(paint);
    });
    return () => cancelAnimationFrame(frame);
  }, [sound, active]);
  return (
    <div className="levels" aria-hidden="true">
      <span>{t("caller.level_in")}</span><i><span ref={far} /></i>
      <span>{t("caller.level_out")}</span><i><span ref={near} /></i>
    </div>
  );
}
