import { App } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/client";
import { floor } from "../api/queries";
import { currentInteraction } from "../live/fold";
import { useLive } from "../live/store";
import type { Interaction } from "../live/types";
import type { PhoneState } from "../phone/softphone";
import { usePhone, useWorkplace } from "../shell/context";
import { problemText } from "../shared/words";

/** What the call card shows. One at a time; the card never jumps. */
export type CallStage = "idle" | "ringing" | "connecting" | "talking" | "held" | "wrapping_up";

/** The interaction whose sound this computer had last; a reload takes only that one up again by itself. */
const TAKEN = "cti.taken";

export function stageOf(interaction: Interaction | null, me: string | null): CallStage {
  if (interaction === null || me === null) return "idle";
  switch (interaction.state) {
    case "offered":
      return interaction.offer === null ? "connecting" : "ringing";
    case "connected":
      return "talking";
    case "held":
      return "held";
    case "wrapping_up":
      return "wrapping_up";
    default:
      return "idle";
  }
}

export interface CallDesk {
  interaction: Interaction | null;
  stage: CallStage;
  phone: PhoneState;
  /** Does the sound of this call belong to this page's phone? False: a desk phone or another page has it. */
  here: boolean;
  /** The INVITE of the present offer is here and can be answered. */
  canAnswer: boolean;
  answering: boolean;
  declining: boolean;
  hangingUp: boolean;
  /** Whether this page is in the talk, and if not: why. "elsewhere": another page of this browser has the line. */
  rejoin: "no" | "working" | "failed" | "offered" | "elsewhere";
  answer: () => void;
  decline: () => void;
  hangUp: () => void;
  toggleHold: () => void;
  toggleMute: () => void;
  askRejoin: () => void;
}

/** The call of the moment, joined from what the floor says and what the phone in this page has. */
export function useCall(): CallDesk {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { me, phone: line, device } = useWorkplace();
  const phone = usePhone();
  const interaction = useLive((live) => currentInteraction(live.floor));
  const known = useLive((live) => live.known && live.link === "live");
  const stage = stageOf(interaction, me.agent);
  const id = interaction?.id ?? null;
  const offer = interaction?.offer ?? null;

  const [declined, setDeclined] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<string | null>(null);
  const [rejoining, setRejoining] = useState<{ id: string; state: "working" | "failed" } | null>(null);

  const invited = phone.call !== null && (offer === null || phone.call.offer === null || phone.call.offer === offer.id);
  const canAnswer = stage === "ringing" && invited && phone.call?.phase === "ringing";
  const inTalk = stage === "talking" || stage === "held";

  const refused = useCallback((problem: unknown): void => void message.error(problemText(problem, t)), [message, t]);

  const answer = useCallback(() => {
    if (!canAnswer) return;
    line.answer();
  }, [canAnswer, line]);

  useEffect(() => {
    if (id !== null && phone.call?.phase === "connected") localStorage.setItem(TAKEN, id);
  }, [id, phone.call?.phase]);

  const decline = (): void => {
    if (offer === null || declined === offer.id) return;
    setDeclined(offer.id);
    floor.decline(offer.id).catch((problem: unknown) => {
      setDeclined(null);
      if (problem instanceof Problem && problem.unreachable) line.reject();
      else refused(problem);
    });
  };

  const hangUp = (): void => {
    if (id === null || leaving === id || !inTalk) return;
    setLeaving(id);
    floor.hangUp(id).catch((problem: unknown) => {
      setLeaving(null);
      if (problem instanceof Problem && (problem.unreachable || problem.status >= 500)) line.bye();
      else refused(problem);
    });
  };

  const askRejoin = useCallback(() => {
    if (id === null) return;
    setRejoining({ id, state: "working" });
    localStorage.setItem(TAKEN, id);
    floor.rejoin(id).catch((problem: unknown) => {
      setRejoining({ id, state: "failed" });
      refused(problem);
    });
  }, [id, refused]);

  // Once per page and call: the page was loaded (or lost its session) in the middle of a talk it had before.
  const tried = useRef<string | null>(null);
  const heard = useRef<string | null>(null);
  useEffect(() => {
    if (phone.call !== null) heard.current = id;
  }, [phone.call, id]);
  const mine = id !== null && localStorage.getItem(TAKEN) === id;
  const silent = known && inTalk && phone.line === "registered" && phone.call === null && leaving !== id;
  useEffect(() => {
    if (!silent || !mine || tried.current === id) return;
    // A BYE of the far side comes a moment before the floor's event; that is no reason to ring again. A page that has
    // not had the call yet was loaded in the middle of it and loses no time.
    const timer = setTimeout(() => {
      tried.current = id;
      askRejoin();
    }, heard.current === id ? 700 : 0);
    return () => clearTimeout(timer);
  }, [silent, mine, id, askRejoin]);
  useEffect(() => {
    if (phone.call?.phase === "connected") tried.current = null;
  }, [phone.call?.phase]);
  useEffect(() => {
    if (rejoining?.state !== "working") return;
    const timer = setTimeout(() => setRejoining({ id: rejoining.id, state: "failed" }), 10_000);
    return () => clearTimeout(timer);
  }, [rejoining]);

  let rejoin: CallDesk["rejoin"] = "no";
  if (inTalk && known && phone.call === null && leaving !== id) {
    if (phone.line === "locked") rejoin = "elsewhere";
    else if (rejoining !== null && rejoining.id === id) rejoin = rejoining.state;
    else rejoin = mine ? "working" : "offered";
  }

  const toggleHold = (): void => {
    // Without a line the request would fail, and a failed re-INVITE ends the call.
    if (phone.call?.phase === "connected" && phone.line === "registered") line.setHold(!phone.call.held);
  };
  const toggleMute = (): void => {
    if (phone.call?.phase === "connected") line.setMute(!phone.call.muted);
  };

  return {
    interaction, stage, phone,
    here: phone.call !== null || (offer !== null && offer.device === device),
    canAnswer,
    answering: phone.call?.phase === "answering" || stage === "connecting" || (stage === "ringing" && phone.call?.phase === "connected"),
    declining: offer !== null && declined === offer.id,
    hangingUp: id !== null && leaving === id && inTalk,
    rejoin, answer, decline, hangUp, toggleHold, toggleMute, askRejoin,
  };
}
