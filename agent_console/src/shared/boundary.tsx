import { Button } from "antd";
import { Component } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Blank } from "./ui";

function Crashed() {
  const { t } = useTranslation();
  return (
    <div className="page-center" data-testid="crashed">
      <Blank title={t("problem.crashed")} text={t("problem.crashedText")} tone="bad">
        <Button type="primary" onClick={() => location.reload()}>{t("problem.reload")}</Button>
      </Blank>
    </div>
  );
}

/** A bug in a screen must not look like a lost call. */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };
  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }
  override render(): ReactNode {
    return this.state.broken ? <Crashed /> : this.props.children;
  }
}
