/** What the server answered instead of what was asked for: RFC 9457 problem, or status 0 when it was not reached. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    /** All that was answered, for problems that say more. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || title);
  }
  get unreachable(): boolean {
    return this.status === 0;
  }
}

let language = "zh-CN";
/** Language the server writes its problems in. */
export function speak(tag: string): void {
  language = tag;
}

let onSignedOut: () => void = () => undefined;
/** Called when the server no longer knows who we are. */
export function whenSignedOut(what: () => void): void {
  onSignedOut = what;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

async function problemOf(response: Response): Promise<Problem> {
  const body: Readonly<Record<string, unknown>> = await response.json().then(
    (json: unknown) => (typeof json === "object" && json !== null ? { ...json } : {}),
    () => ({}),
  );
  return new Problem(response.status, text(body["code"]) || `http_${response.status}`, text(body["title"]), text(body["detail"]), body);
}

export interface Asking {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  /** Sent as it is, in place of a body. */
  file?: Blob;
  /** Instead of a body as JSON. */
  yaml?: string;
  /** The version a change is based on. */
  ifMatch?: string;
  signal?: AbortSignal;
  /** Give up after this long, ms. */
  deadline?: number;
  /** The request decides who we are; a 401 is an answer, not the end of the session. */
  signingIn?: boolean;
  /** Let the browser finish the request when the page goes away. */
  keepalive?: boolean;
  /** `Idempotency-Key`, the same for every try of one thing; else each request is one of its own. */
  key?: string;
}

/** The raw response of `/api/v1` + path; throws Problem for everything that is not 2xx. */
export async function ask(path: string, asking: Asking = {}): Promise<Response> {
  const method = asking.method ?? "GET";
  const headers: Record<string, string> = { "Accept-Language": language };
  if (method !== "GET") headers["X-CTI-Console"] = "1";
  if (method === "POST") headers["Idempotency-Key"] = asking.key ?? newId();
  if (asking.body !== undefined) headers["Content-Type"] = "application/json";
  if (asking.yaml !== undefined) headers["Content-Type"] = "application/yaml";
  if (asking.ifMatch !== undefined) headers["If-Match"] = asking.ifMatch;
  const deadline = AbortSignal.timeout(asking.deadline ?? 15_000);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers, credentials: "same-origin", cache: "no-store", keepalive: asking.keepalive ?? false,
      body: asking.file ?? asking.yaml ?? (asking.body === undefined ? null : JSON.stringify(asking.body)),
      signal: asking.signal === undefined ? deadline : AbortSignal.any([asking.signal, deadline]),
    });
  } catch (cause) {
    if (asking.signal?.aborted === true) throw cause;
    throw new Problem(0, "unreachable", "", "");
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.status === 401 && asking.signingIn !== true) onSignedOut();
  throw problem;
}

/** JSON answer of a request; the caller names its shape, which the server's contract guarantees. */
export async function askJson<T>(path: string, asking: Asking = {}): Promise<T> {
  const response = await ask(path, asking);
  return (await response.json()) as T;
}

/** Random identifier; works also where `crypto.randomUUID` is missing (plain http on a LAN address). */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Websocket address on the server that serves this page. */
export function socketUrl(path: string, base: { protocol: string; host: string } = location): string {
  return `${base.protocol === "https:" ? "wss:" : "ws:"}//${base.host}${path}`;
}
