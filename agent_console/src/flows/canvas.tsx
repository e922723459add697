import { Background, Controls, MarkerType, MiniMap, Panel, ReactFlow, ReactFlowProvider, useReactFlow, useStoreApi } from "@xyflow/react";
import type { Edge, FinalConnectionState, NodeChange } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { Dropdown } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { usePreferences } from "../shared/preferences";
import { useEditing } from "./context";
import { put } from "./document";
import type { Path } from "./document";
import { StepIcon } from "./icons";
import { layOut, wayKey } from "./layout";
import { handleOf, heightOf, StepCard, stepTitle, WIDTH } from "./node";
import type { StepNode } from "./node";
import { stepOf } from "./outline";
import { useAddStep } from "./steps";
import { kindWord, wayWord } from "./words";

const TYPES = { step: StepCard };
const COLUMN = WIDTH + 92;
const CALM = typeof matchMedia !== "undefined" && matchMedia("(prefers-reduced-motion: reduce)").matches;

export default function Canvas() {
  return <ReactFlowProvider><Drawn /></ReactFlowProvider>;
}

function Drawn() {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const dark = usePreferences((preferences) => preferences.dark);
  const { flow, prompts, problems, editable, selected, select, walked, draft, change, schema } = useEditing();
  const [dropped, setDropped] = useState<{ from: string; path: Path; x: number; y: number } | null>(null);
  const addStep = useAddStep();
  const box = useRef<HTMLDivElement>(null);

  const layout = useMemo(() => layOut(
    flow.start,
    new Map(flow.steps.map((step) => [step.name, [...new Set(step.ways.map((way) => way.to))]])),
    new Map(flow.steps.map((step) => [step.name, heightOf(step)])),
  ), [flow]);

  const nodes = useMemo(() => {
    const names = new Map(flow.steps.map((step) => [step.name, stepTitle(step, lang) === kindWord(step.kind, lang) ? step.name : stepTitle(step, lang)]));
    const now = walked.at(-1);
    return flow.steps.map((step): StepNode => {
      const height = heightOf(step);
      const place = layout.places.get(step.name);
      const mine = problems.filter((problem) => stepOf(problem.path, flow) === step.name);
      return {
        id: step.name, type: "step", position: { x: (place?.layer ?? 0) * COLUMN, y: (place?.y ?? 0) - height / 2 }, width: WIDTH, height,
        selected: step.name === selected, ariaLabel: `${kindWord(step.kind, lang)} ${stepTitle(step, lang)} ${step.name}`,
        data: {
          step, prompts, names, editable, back: new Set(step.ways.filter((way) => layout.back.has(wayKey(step.name, way.to))).map((way) => way.to)),
          role: step.name === flow.start ? "start" : step.name === flow.fallback ? "fallback" : "",
          worst: mine.some((problem) => problem.severity === "error") ? "error" : mine.length > 0 ? "warning" : "",
          walked: step.name === now ? "now" : walked.includes(step.name) ? "before" : "",
        },
      };
    });
  }, [flow, layout, prompts, problems, editable, selected, walked, lang]);

  const edges = useMemo(() => {
    const there = new Set(flow.steps.map((step) => step.name));
    return flow.steps.flatMap((step) => step.ways.filter((way) => there.has(way.to)).flatMap((way): Edge[] => {
      const mine = step.name === selected || way.to === selected;
      // A way back is named at its row; drawn across everything it would only confuse.
      if (layout.back.has(wayKey(step.name, way.to)) && !mine) return [];
      const label = wayWord(way.path, lang);
      return [{
        id: `${step.name} ${handleOf(way)}`, source: step.name, sourceHandle: handleOf(way), target: way.to, className: mine ? "fl-edge mine" : "fl-edge",
        focusable: false, ariaLabel: t("way", { from: step.name, by: label.key || label.words, to: way.to }), markerEnd: { type: MarkerType.ArrowClosed, markerUnits: "userSpaceOnUse", width: 14, height: 14, color: mine ? "var(--accent)" : "var(--line-drawn)" },
        ...(mine && way.to === selected && label.key !== "" ? { label: label.key, labelShowBg: true, labelBgPadding: [4, 2] as [number, number], labelBgBorderRadius: 4 } : {}),
      }];
    }));
  }, [flow, layout, selected, lang, t]);

  const wayAt = (from: string, handle: string): Path | undefined => flow.steps.find((step) => step.name === from)?.ways.find((way) => handleOf(way) === handle)?.path;
  const lead = (from: string, handle: string, to: string): void => {
    const path = wayAt(from, handle);
    if (path !== undefined) change(put(draft.text, ["steps", from, ...path], to));
  };
  /** A way is led to the step it is let go on, anywhere on its card; let go on nothing, it asks for a new one. */
  const letGo = (event: MouseEvent | TouchEvent, state: FinalConnectionState): void => {
    const handle = state.fromHandle?.id;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (handle == null || state.fromNode === null || point === undefined || box.current === null) return;
    const from = state.fromNode.id;
    const card = document.elementFromPoint(point.clientX, point.clientY)?.closest<HTMLElement>(".react-flow__node");
    const to = card?.dataset["id"] ?? state.toNode?.id;
    const path = wayAt(from, handle);
    const around = box.current.getBoundingClientRect();
    if (to !== undefined) lead(from, handle, to);
    else if (path !== undefined) setDropped({ from, path, x: point.clientX - around.left, y: point.clientY - around.top });
  };
  const picked = (changes: readonly NodeChange[]): void => {
    const chosen = changes.find((one) => one.type === "select" && one.selected);
    if (chosen !== undefined && "id" in chosen) select(chosen.id);
  };

  return (
    <div className="fl-canvas" ref={box} data-testid="canvas" onKeyUp={(event) => {
      if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.matches(".react-flow__node")) document.querySelector<HTMLElement>(".fl-form")?.focus();
    }}>
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={TYPES} colorMode={dark ? "dark" : "light"} minZoom={0.12} maxZoom={1.4} nodesDraggable={false} nodesConnectable={editable} edgesReconnectable={false}
        edgesFocusable={false} elementsSelectable elevateNodesOnSelect={false} elevateEdgesOnSelect={false} deleteKeyCode={null} selectionKeyCode={null} multiSelectionKeyCode={null} panOnScroll zoomOnDoubleClick={false} onlyRenderVisibleElements={flow.steps.length > 80}
        onNodesChange={picked} onConnectEnd={letGo} onPaneClick={() => select("")}
        ariaLabelConfig={{
          "node.a11yDescription.default": t("keys"), "node.a11yDescription.keyboardDisabled": t("keys"), "edge.a11yDescription.default": "", "controls.ariaLabel": t("view"), "controls.zoomIn.ariaLabel": t("zoomIn"),
          "controls.zoomOut.ariaLabel": t("zoomOut"), "controls.fitView.ariaLabel": t("fit"), "minimap.ariaLabel": t("canvas"), "handle.ariaLabel": t("handle"),
        }}
        defaultViewport={{ x: 24, y: 40, zoom: 0.85 }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} aria-label={t("view")} />
        {flow.steps.length > 6 ? <MiniMap pannable zoomable nodeColor={(node) => (node.id === selected ? "var(--accent)" : "var(--line-drawn)")} maskColor="color-mix(in srgb, var(--bg) 70%, transparent)" className="wide-only" /> : null}
        <Panel position="top-left" className="fl-hint wide-only">{t("keys")}</Panel>
        <Focus nodes={nodes} start={flow.start} selected={walked.at(-1) ?? selected} />
      </ReactFlow>
      {dropped === null ? null : (
        <Dropdown open trigger={["click"]} onOpenChange={(open) => { if (!open) setDropped(null); }} menu={{
          items: Object.keys(schema.steps).map((kind) => ({ key: kind, label: kindWord(kind, lang), icon: <StepIcon kind={kind} /> })),
          onClick: ({ key }) => {
            addStep(key, dropped);
            setDropped(null);
          },
        }}>
          <span className="fl-dropped" style={{ left: dropped.x, top: dropped.y }} />
        </Dropdown>
      )}
    </div>
  );
}

/** Begin where callers begin; later bring what is chosen elsewhere into sight, and leave the view alone otherwise. */
function Focus({ nodes, start, selected }: { nodes: readonly StepNode[]; start: string; selected: string }) {
  const { setViewport, setCenter, getViewport } = useReactFlow();
  const store = useStoreApi();
  const begun = useRef(false);
  const shown = useRef("");
  useEffect(() => {
    const { width, height } = store.getState();
    if (width === 0) return;
    if (!begun.current) {
      begun.current = true;
      const first = nodes.find((node) => node.id === start);
      const zoom = width < 600 ? 0.7 : 0.85;
      if (first !== undefined) void setViewport({ x: 24 - first.position.x * zoom, y: height / 2 - (first.position.y + (first.height ?? 0) / 2) * zoom, zoom });
    }
    if (selected === shown.current) return;
    shown.current = selected;
    const node = nodes.find((one) => one.id === selected);
    if (node === undefined) return;
    const { x, y, zoom } = getViewport();
    const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
    const inside = left > 0 && top > 0 && left + WIDTH * zoom < width && top + (node.height ?? 0) * zoom < height;
    if (!inside) void setCenter(node.position.x + WIDTH / 2, node.position.y + (node.height ?? 0) / 2, { zoom: Math.max(zoom, 0.7), duration: CALM ? 0 : 150 });
  });
  return null;
}
