/**
 * Where the steps go on the canvas: layers from left to right, few crossings; as `ivr_flows/layout.py` does for drawings.
 * Ways back are taken out, every step gets a layer behind all that lead to it, long ways get a place in each layer they
 * pass (ways to the same step share one), and the order in a layer is that of the neighbours' mean, swept to and fro.
 */
export interface Layout {
  /** Layer of each step, and the middle of it from the top. */
  places: ReadonlyMap<string, { layer: number; y: number }>;
  /** `from → to` of the ways that lead back. */
  back: ReadonlySet<string>;
}

const SWEEPS = 8;
const GAP = 28;
const LANE = 10;
// A longer way has no lane of its own and passes beneath the steps; else a flow of 500 steps would take seconds.
const LONGEST = 8;

export const wayKey = (from: string, to: string): string => `${from} → ${to}`;

export function layOut(start: string, ways: ReadonlyMap<string, readonly string[]>, heights: ReadonlyMap<string, number>): Layout {
  const back = new Set<string>();
  const order = finished(start, ways, back);
  const layer = new Map(order.map((name) => [name, 0]));
  for (const name of order) {
    for (const to of ways.get(name) ?? []) {
      if (!back.has(wayKey(name, to))) layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(name) ?? 0) + 1));
    }
  }
  const { layers, links } = layered(order, ways, layer, back);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) sort(layers, links, sweep % 2 === 0);
  const y = place(layers, links, heights);
  return { places: new Map(order.map((name) => [name, { layer: layer.get(name) ?? 0, y: y.get(name) ?? 0 }])), back };
}

/** Every step after all that lead to it, without the ways back that are found meanwhile. */
function finished(start: string, ways: ReadonlyMap<string, readonly string[]>, back: Set<string>): string[] {
  const done: string[] = [];
  const seen = new Set<string>();
  for (const root of [start, ...ways.keys()]) {
    if (seen.has(root) || !ways.has(root)) continue;
    seen.add(root);
    const path = new Set([root]);
    const walk: [string, number][] = [[root, 0]];
    for (let top = walk.at(-1); top !== undefined; top = walk.at(-1)) {
      const to = (ways.get(top[0]) ?? [])[top[1]];
      top[1] += 1;
      if (to === undefined) {
        walk.pop();
        path.delete(top[0]);
        done.push(top[0]);
      } else if (path.has(to)) {
        back.add(wayKey(top[0], to));
      } else if (!seen.has(to) && ways.has(to)) {
        seen.add(to);
        path.add(to);
        walk.push([to, 0]);
      }
    }
  }
  return done.reverse();
}

type Links = readonly (readonly [string, string])[];
const lane = (to: string, layer: number): string => `${to} @${layer}`;

function layered(order: readonly string[], ways: ReadonlyMap<string, readonly string[]>, layer: ReadonlyMap<string, number>, back: ReadonlySet<string>): { layers: string[][]; links: Links } {
  const layers: string[][] = Array.from({ length: Math.max(0, ...layer.values()) + 1 }, () => []);
  for (const name of order) layers[layer.get(name) ?? 0]?.push(name);
  const links = new Map<string, readonly [string, string]>();
  const lanes = new Set<string>();
  for (const name of order) {
    for (const to of new Set(ways.get(name))) {
      if (back.has(wayKey(name, to)) || !layer.has(to)) continue;
      let before = name;
      const [first, last] = [layer.get(name) ?? 0, layer.get(to) ?? 0];
      for (let number = first + 1; number < last && last - first <= LONGEST; number += 1) {
        const passing = lane(to, number);
        if (!lanes.has(passing)) {
          lanes.add(passing);
          layers[number]?.push(passing);
        }
        links.set(wayKey(before, passing), [before, passing]);
        before = passing;
      }
      links.set(wayKey(before, to), [before, to]);
    }
  }
  return { layers, links: [...links.values()] };
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

function sort(layers: string[][], links: Links, down: boolean): void {
  const near = new Map<string, string[]>();
  for (const [before, after] of links) push(near, down ? after : before, down ? before : after);
  const spot = new Map(layers.flatMap((one) => one.map((name, number) => [name, number] as const)));
  for (const one of down ? layers : [...layers].reverse()) {
    const middle = new Map(one.map((name) => [name, near.has(name) ? mean((near.get(name) ?? []).map((other) => spot.get(other) ?? 0)) : (spot.get(name) ?? 0)]));
    one.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
    one.forEach((name, number) => spot.set(name, number));
  }
}

function place(layers: readonly (readonly string[])[], links: Links, heights: ReadonlyMap<string, number>): Map<string, number> {
  const near = new Map<string, string[]>();
  for (const [before, after] of links) {
    push(near, before, after);
    push(near, after, before);
  }
  const size = (name: string): number => heights.get(name) ?? LANE;
  const y = new Map<string, number>();
  for (const one of layers) {
    let top = 0;
    for (const name of one) {
      y.set(name, top + size(name) / 2);
      top += size(name) + GAP;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const one of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      spread(one, new Map(one.map((name) => [name, near.has(name) ? mean((near.get(name) ?? []).map((other) => y.get(other) ?? 0)) : (y.get(name) ?? 0)])), size, y);
    }
  }
  let lowest = Infinity;
  for (const [name, middle] of y) lowest = Math.min(lowest, middle - size(name) / 2);
  for (const [name, middle] of y) y.set(name, middle - lowest);
  return y;
}

/** As near to what is wanted as the order allows: neighbours that would overlap are moved as one block. */
function spread(names: readonly string[], wanted: ReadonlyMap<string, number>, size: (name: string) => number, y: Map<string, number>): void {
  const blocks: { top: number; height: number; names: string[] }[] = [];
  for (const name of names) {
    let block = { top: (wanted.get(name) ?? 0) - size(name) / 2, height: size(name), names: [name] };
    for (let above = blocks.at(-1); above !== undefined && above.top + above.height + GAP > block.top; above = blocks.at(-1)) {
      blocks.pop();
      const weight = above.names.length;
      const more = block.names.length;
      const top = (above.top * weight + (block.top - above.height - GAP) * more) / (weight + more);
      block = { top, height: above.height + GAP + block.height, names: [...above.names, ...block.names] };
    }
    blocks.push(block);
  }
  for (const block of blocks) {
    let top = block.top;
    for (const name of block.names) {
      y.set(name, top + size(name) / 2);
      top += size(name) + GAP;
    }
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [value]);
  else there.push(value);
}
