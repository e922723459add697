import { useTranslation } from "react-i18next";
import { Icon } from "./icons";
import "./rating.css";

const SCORES = [1, 2, 3, 4, 5] as const;

/** Up to this score a customer is called back. */
export const LOW = 2;

const tone = (score: number): string => (score <= LOW ? "low" : score < 4 ? "fair" : "good");

/** A score at a glance: star, figure and, where there is room, the word. */
export function Score({ score, word = false, testid }: { score: number; word?: boolean; testid?: string }) {
  const { t } = useTranslation();
  const known = SCORES.find((one) => one === score);
  const says = known === undefined ? "" : t(`survey.score_${known}`);
  return (
    <span className={`tag score score-${tone(score)}`} title={says} aria-label={t("survey.scored", { score, says })} data-testid={testid}>
      <Icon name="star" size={12} /><span className="num">{score}</span>{word && says !== "" ? <span>{says}</span> : null}
    </span>
  );
}
