import { describe, expect, it } from "vitest";
import type { Interaction } from "../live/types";
import { inOrder, isCancellable, isMovable, isOpen, standing } from "./due";

const NOW = 10_000;
const callback = (change: object = {}, own: object = {}): Interaction =>
  ({ id: "a", state: "queued", caller_leg: { id: "", state: "gone" }, age_from: 1, arrived_at: 1, ...own, callback: { state: "scheduled", resting: true, not_before: NOW + 5, ...change } }) as unknown as Interaction;

describe("an open callback", () => {
  it.each([
    ["later", callback()],
    ["due", callback({ not_before: NOW })],
    ["waits", callback({ resting: false, state: "requested" })],
    ["ringing", callback({ resting: false }, { state: "offered" })],
    ["dialling", callback({ state: "dialling" }, { state: "offered", caller_leg: { id: "x", state: "dialling" } })],
    ["answered", callback({ state: "connected" }, { caller_leg: { id: "x", state: "up" } })],
    ["talking", callback({ state: "connected" }, { state: "connected", caller_leg: { id: "x", state: "up" } })],
  ] as const)("stands: %s", (wanted, it) => {
    const found = standing(it, NOW);
    expect(found).toBe(wanted);
    expect(isOpen(it)).toBe(true);
    expect(isMovable(found)).toBe(["later", "due", "waits"].includes(wanted));
    expect(isCancellable(found)).toBe(wanted !== "talking");
  });
  it("is none when it is over, or when somebody just calls", () => {
    expect(isOpen(callback({ state: "completed" }))).toBe(false);
    expect(isOpen(callback({ state: "connected" }, { state: "wrapping_up" }))).toBe(false);
    expect(isOpen({ ...callback(), callback: null })).toBe(false);
  });
  it("comes in the order of what happens next", () => {
    const all = [
      callback({ not_before: NOW + 900 }, { id: "late" }), callback({}, { id: "soon" }), callback({ resting: false }, { id: "second", age_from: 7 }),
      callback({ resting: false }, { id: "first", age_from: 3 }), callback({}, { id: "now", state: "offered" }),
    ];
    expect(inOrder(all, NOW).map((one) => one.id)).toEqual(["now", "first", "second", "soon", "late"]);
  });
});
