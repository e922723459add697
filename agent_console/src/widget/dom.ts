type Props = Record<string, string | boolean | ((event: Event) => void)>;

/** An element; text is only ever text. Functions are listeners, `true` an attribute without a value. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: (Node | string | null)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const PATHS = {
  phone: "M5 4h4l1.6 4.2-2.3 1.5a12 12 0 0 0 6 6l1.5-2.3L20 15v4a1.8 1.8 0 0 1-2 1.8A15.6 15.6 0 0 1 3.2 6 1.8 1.8 0 0 1 5 4z",
  close: "M6 6l12 12M18 6L6 18",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  done: "M5 12.5l4.5 4.5L19 7.5",
  star: "M12 2.6l2.9 6 6.5.9-4.7 4.6 1.1 6.5L12 17.5l-5.8 3.1 1.1-6.5L2.6 9.5l6.5-.9z",
  page: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
};
export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", PATHS[name]);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}
