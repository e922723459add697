const LINES: Readonly<Record<string, string>> = {
  say: "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  menu: "M6 5h.01M12 5h.01M18 5h.01M6 11h.01M12 11h.01M18 11h.01M6 17h.01M12 17h.01M18 17h.01",
  collect: "M4 7h16v10H4zM8 10v4M12 10v4M16 10v4",
  hours: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.5V12l3 2",
  ask: "M5 6c0-1.4 3.1-2.5 7-2.5S19 4.600 19 6s-3.100 2.500-7 2.500S5 7.400 5 6zM5 6v12c0 1.400 3.100 2.500 7 2.500s7-1.100 7-2.500V6M5 12c0 1.400 3.100 2.500 7 2.500s7-1.100 7-2.500",
  script: "M9 7 4 12l5 5M15 7l5 5-5 5",
  branch: "M7 4v16M7 14c0-5 10-3 10-8M17 6a2 2 0 1 0 0-.01M7 4.5a1.500 1.500 0 1 0 0-.01",
  set: "M4 7h10M18 7h2M4 12h3M11 12h9M4 17h8M16 17h4M14 5v4M7 10v4M12 15v4",
  sub_flow: "M4 5h6v5H4zM14 14h6v5h-6zM7 10v4a2.500 2.500 0 0 0 2.500 2.500H14",
  return: "M9 7 4.500 11.500 9 16M5 11.500h9a5 5 0 0 1 5 5V18",
  queue: "M4 15v-2a8 8 0 0 1 16 0v2M4 14h2.5a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H6a2 2 0 0 1-2-2zM20 14h-2.5a1 1 0 0 0-1 1v3a1 1 0 0 0 1 1h.5a2 2 0 0 0 2-2z",
  voicemail: "M7 9a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM17 9a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM7 16h10",
  transfer: "M5 4h4l1.500 5-2.500 1.500a11 11 0 0 0 5.500 5.500L15 13.500l5 1.500v4c0 .8-.7 1.500-1.500 1.500A15.500 15.500 0 0 1 3.500 5.500C3.500 4.700 4.200 4 5 4zM14 10l6-6M15.500 4H20v4.500",
  callback: "M5 4h4l1.500 5-2.500 1.500a11 11 0 0 0 5.500 5.500L15 13.500l5 1.500v4c0 .8-.7 1.500-1.500 1.500A15.500 15.500 0 0 1 3.500 5.500C3.500 4.700 4.200 4 5 4zM20 4l-6 6M18.500 10H14V5.500",
  callback_due: "M5 4h4l1.500 5-2.500 1.500a11 11 0 0 0 5.500 5.500L15 13.500l5 1.500v4c0 .8-.7 1.500-1.500 1.500A15.500 15.500 0 0 1 3.500 5.500C3.500 4.700 4.200 4 5 4zM17 3.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM17 5.500V7l1 .8",
  set_language: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM3.5 12h17M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
  hang_up: "M3.5 14.5c4.7-4.7 12.3-4.7 17 0l-2 2.6-3.7-1.5v-2.7a11 11 0 0 0-5.6 0v2.7l-3.7 1.5z",
};
const OTHER = "M5 5h14v14H5z";

/** The sign of a kind of step; its word stands beside it. */
export function StepIcon({ kind, size = 16 }: { kind: string; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" strokeWidth={kind === "menu" ? 3.2 : 1.8} strokeLinecap="round" strokeLinejoin="round">
      <path d={Object.hasOwn(LINES, kind) ? LINES[kind] : OTHER} />
    </svg>
  );
}
