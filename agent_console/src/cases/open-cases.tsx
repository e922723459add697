import { Drawer } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../shared/icons";
import { useOpenCases } from "./api";
import { Case } from "./case";
import { Age, KindTag } from "./shown";

const AT_FIRST = 3;

/** What this customer still waits for, with the first glance; nothing when there is nothing. */
export function OpenCases({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const { data } = useOpenCases(customer);
  const [shown, setShown] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const items = data?.items ?? [];
  const more = items.length - AT_FIRST;
  return (
    <>
      {items.length === 0 ? null : (
        <section className="open-cases" aria-label={t("case.openTitle")} data-testid="open-cases">
          <h2><Icon name="case" size={15} /> {t("case.openTitle")} <span className="num">{items.length}{data?.next_cursor === null ? "" : "+"}</span></h2>
          <ul>
            {(all ? items : items.slice(0, AT_FIRST)).map((item) => (
              <li key={item.id}>
                <button type="button" onClick={() => setShown(item.id)} data-testid="open-case">
                  <KindTag kind={item.kind} />
                  <span className="case-line">{item.subject}</span>
                  {item.recording_id === null ? null : <Icon name="sound" size={14} />}
                  <span className="num faint case-number">{item.number}</span>
                  <Age since={item.opened_at} />
                </button>
              </li>
            ))}
          </ul>
          {more > 0 && !all ? <button type="button" className="open-cases-more" onClick={() => setAll(true)}>{t("case.more", { n: more })}</button> : null}
        </section>
      )}
      <Drawer open={shown !== null} size={560} title={t("case.title")} destroyOnHidden onClose={() => setShown(null)} data-testid="case-drawer">
        {shown === null ? null : <Case id={shown} />}
      </Drawer>
    </>
  );
}
