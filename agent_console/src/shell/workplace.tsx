import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";
import { askJson, Problem, whenSignedOut } from "../api/client";
import { useMe } from "../api/queries";
import type { Me, SoftphoneConfig } from "../api/types";
import { onEvents, startLive, useLive } from "../live/store";
import { useMicrophone } from "../phone/microphone";
import { createSoftphone } from "../phone/softphone";
import { exposeForTests } from "../phone/test-hooks";
import { useKeys } from "../shared/keys";
import { Blank, Failed, Loading } from "../shared/ui";
import { WorkplaceContext } from "./context";
import { Help } from "./help";
import { LinkBanner } from "./link-banner";
import { SearchPalette } from "./search-palette";
import { TopBar } from "./top-bar";

const ROWS_WRITTEN_MS = 1500;

/** Everything behind the sign-in: who I am, the live connection, my phone, the top bar. */
export default function WorkplaceGate() {
  const { t } = useTranslation();
  const location = useLocation();
  const me = useMe();
  if (me.data !== undefined) return <Workplace me={me.data} />;
  if (me.isPending) return <Loading page />;
  if (me.error instanceof Problem && me.error.status === 401) return <Navigate to="/sign-in" replace state={{ from: location.pathname + location.search }} />;
  return <div className="page-center"><Failed text={t("problem.unreachable")} retry={() => void me.refetch()} /></div>;
}

function Workplace({ me }: { me: Me }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [phone] = useState(createSoftphone);
  const { mic, ask } = useMicrophone();
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const link = useLive((live) => live.link);
  const { pathname, search } = useLocation();
  const here = pathname + search;
  const path = useRef(here);
  useEffect(() => {
    path.current = here;
  }, [here]);

  useEffect(() => {
    const leave = (): void => {
      client.clear();
      void navigate("/sign-in", { replace: true, state: { from: path.current, expired: true } });
    };
    whenSignedOut(leave);
    const stop = startLive();
    const unsubscribe = useLive.subscribe((live) => {
      if (live.link === "signed_out") leave();
    });
    return () => {
      unsubscribe();
      whenSignedOut(() => undefined);
      stop();
    };
  }, [client, navigate]);

  useEffect(() => {
    const refresh = (): void => {
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "interactions" || queryKey[0] === "interaction" || (queryKey[0] === "customer" && (queryKey[2] === "interactions" || queryKey[2] === "surveys")) });
    };
    let again: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = onEvents((event) => {
      // Lists and records of the past change when a conversation ends or its recording is there.
      if (event.type === "InteractionClosed" || event.type === "InteractionHidden" || event.type === "RecordingStored" || event.type === "WrapUpCompleted" || event.type === "SurveyAnswered") {
        refresh();
        // The event comes before the rows are written: what was read at once may still say "in progress".
        clearTimeout(again);
        again = setTimeout(refresh, ROWS_WRITTEN_MS);
      }
    });
    return () => {
      clearTimeout(again);
      unsubscribe();
    };
  }, [client]);

  const softphone = useQuery({
    queryKey: ["softphone"], enabled: me.agent !== null, staleTime: Infinity, retry: 5,
    queryFn: ({ signal }) => askJson<SoftphoneConfig>("/me/softphone", { signal }),
  });
  useEffect(() => {
    if (softphone.data !== undefined) phone.start(softphone.data);
  }, [phone, softphone.data]);
  useEffect(() => () => phone.stop(), [phone]);
  useEffect(() => exposeForTests({ page: "desk", sound: phone.sound, phone: phone.state }), [phone]);

  useKeys({
    "mod+k": () => setSearching(true),
    "?": () => setHelping(true),
  });

  const workplace = useMemo(
    () => ({
      me, phone, device: softphone.data?.authorization_user ?? "", mic, askMic: ask,
      openSearch: () => setSearching(true), openHelp: () => setHelping(true),
    }),
    [me, phone, softphone.data, mic, ask],
  );

  return (
    <WorkplaceContext value={workplace}>
      <div className="workplace">
        <TopBar />
        <LinkBanner />
        {link === "denied" ? (
          <div className="page-center"><Blank title={t("problem.denied")} text={t("problem.deniedText")} tone="bad" /></div>
        ) : (
          <Outlet />
        )}
      </div>
      {searching ? <SearchPalette close={() => setSearching(false)} /> : null}
      <Help open={helping} close={() => setHelping(false)} />
    </WorkplaceContext>
  );
}
