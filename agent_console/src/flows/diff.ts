/** A line of a comparison: added, taken away, the same, or a gap. */
export interface DiffLine { sign: "+" | "-" | " " | "@"; text: string }

const CONTEXT = 3;
// A table of so many cells; texts that differ more are shown as replaced.
const MOST_CELLS = 4_000_000;

/** What changed from one text to the other, line by line, with a few lines around; nothing if they are the same. */
export function lineDiff(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const middle = compared(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ sign: " ", text }));
  return shortened([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))]);
}

function compared(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > MOST_CELLS) return [...a.map((text) => ({ sign: "-" as const, text })), ...b.map((text) => ({ sign: "+" as const, text }))];
  // Longest common subsequence, from the end.
  const width = b.length + 1;
  const long = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      long[i * width + j] = a[i] === b[j] ? (long[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(long[(i + 1) * width + j] ?? 0, long[i * width + j + 1] ?? 0);
    }
  }
  const made: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [old, fresh] = [a[i], b[j]];
    if (old !== undefined && old === fresh) {
      made.push({ sign: " ", text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || (long[(i + 1) * width + j] ?? 0) >= (long[i * width + j + 1] ?? 0))) {
      made.push({ sign: "-", text: old });
      i += 1;
    } else if (fresh !== undefined) {
      made.push({ sign: "+", text: fresh });
      j += 1;
    }
  }
  return made;
}

function shortened(lines: readonly DiffLine[]): DiffLine[] {
  const near = lines.map((_, place) => lines.slice(Math.max(0, place - CONTEXT), place + CONTEXT + 1).some((line) => line.sign !== " "));
  return lines.flatMap((line, place) => (near[place] === true ? [line] : near[place - 1] === true ? [{ sign: "@" as const, text: "⋯" }] : []));
}
