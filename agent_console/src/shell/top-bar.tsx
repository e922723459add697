import { useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { NavLink, useNavigate } from "react-router";
import { ask } from "../api/client";
import { Icon } from "../shared/icons";
import { LanguageSwitch, ThemeSwitch, useSwitchItems } from "../shared/switches";
import { Key } from "../shared/ui";
import { useWorkplace } from "./context";
import { StateMenu } from "./state-menu";

export function TopBar() {
  const { t } = useTranslation();
  const { me, openHelp, openSearch, phone } = useWorkplace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const switches = useSwitchItems();
  const leave = async (): Promise<void> => {
    await ask("/auth/token", { method: "DELETE", signingIn: true }).catch(() => undefined);
    phone.stop();
    client.clear();
    await navigate("/sign-in", { replace: true });
  };
  return (
    <header className="top-bar">
      {me.agent === null ? <span className="brand"><Icon name="headset" size={20} /> <span>{t("brand")}</span></span> : <StateMenu agentId={me.agent} />}
      <nav className={me.agent === null ? "top-nav top-nav-named" : "top-nav"} aria-label={t("nav.menu")}>
        {me.agent === null ? null : <NavLink to="/desk" data-testid="nav-desk" aria-label={t("nav.desk")}><Icon name="headset" /><span>{t("nav.desk")}</span></NavLink>}
        <NavLink to="/conversations" data-testid="nav-conversations" aria-label={t("nav.conversations")}><Icon name="list" /><span>{t("nav.conversations")}</span></NavLink>
        {me.permissions.includes("callbacks.all") ? <NavLink to="/callbacks" data-testid="nav-callbacks" aria-label={t("nav.callbacks")}><Icon name="callback" /><span>{t("nav.callbacks")}</span></NavLink> : null}
        <NavLink to="/cases" data-testid="nav-cases" aria-label={t("nav.cases")}><Icon name="case" /><span>{t("nav.cases")}</span></NavLink>
        {me.permissions.includes("flows.read") ? <NavLink to="/flows" data-testid="nav-flows" aria-label={t("nav.flows")}><Icon name="flow" /><span>{t("nav.flows")}</span></NavLink> : null}
        {me.permissions.includes("prompts.read") ? <NavLink to="/prompts" data-testid="nav-prompts" aria-label={t("prompts.nav")}><Icon name="sound" /><span>{t("prompts.nav")}</span></NavLink> : null}
      </nav>
      <button type="button" className="search-box" onClick={openSearch} data-testid="search-open" aria-label={t("search.title")}>
        <Icon name="search" /> <span>{t("search.placeholder")}</span> <Key>⌘K</Key>
      </button>
      <div className="top-tools">
        <div className="top-switches">
          <LanguageSwitch />
          <ThemeSwitch />
          <Tooltip title={t("common.help")}>
            <Button type="text" className="quiet" aria-label={t("common.help")} onClick={openHelp} data-testid="help-open" icon={<Icon name="help" />} />
          </Tooltip>
        </div>
        <Dropdown trigger={["click"]} placement="bottomRight" menu={{
          selectable: true, selectedKeys: [switches.selected],
          items: [
            ...switches.items,
            { key: "help", label: t("common.help"), icon: <Icon name="help" />, className: "phone-only" },
            { type: "divider", className: "phone-only" },
            ...(me.demo ? [{ key: "caller", label: t("nav.caller"), icon: <Icon name="phone" /> }] : []),
            { key: "leave", label: t("state.leave"), icon: <Icon name="leave" /> },
          ],
          onClick: ({ key }) => {
            if (switches.chosen(key)) return;
            if (key === "help") openHelp();
            else if (key === "caller") window.open("/caller", "_blank", "noopener");
            else void leave();
          },
        }}>
          <button type="button" className="who" data-testid="who">
            <span className="avatar" aria-hidden="true">{Array.from(me.name)[0] ?? "?"}</span>
            <span className="who-name">{me.name} <span className="num faint">{me.username}</span></span>
            <Icon name="down" />
          </button>
        </Dropdown>
      </div>
    </header>
  );
}
