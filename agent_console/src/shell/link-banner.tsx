import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { retryLive, useLive } from "../live/store";
import { useLocalNow } from "../shared/clock";
import { Icon } from "../shared/icons";

/** Says that what is shown may be old, what is safe, and lets the person retry. */
export function LinkBanner() {
  const { t } = useTranslation();
  const link = useLive((live) => live.link);
  const retryAt = useLive((live) => live.retryAt);
  const now = useLocalNow();
  if (link !== "offline") return null;
  const left = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <div className="link-banner" role="alert" data-testid="offline">
      <Icon name="alert" />
      <span><b>{t("problem.offline")}</b> <span className="wide-only">{t("problem.offlineText")}</span></span>
      {left > 1 ? <span className="num faint">{t("problem.restarting", { time: left })}</span> : null}
      <Button size="small" onClick={retryLive}>{t("problem.retryNow")}</Button>
    </div>
  );
}
