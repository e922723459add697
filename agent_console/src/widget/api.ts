/** Talking to the server: no cookies, JSON, problems (RFC 9457) as errors. */
export interface Status { state: "waiting" | "scheduled" | "dialling" | "talking" | "over" | "cancelled"; ahead?: number | null; wait_seconds?: number | null; at?: string | null; agent?: string; reached?: boolean | null; rate?: boolean | null }
export interface Offered { form: string; name: Record<string, string>; language: string; consent: Record<string, string>; consent_version: number; follow_pages: boolean; open: boolean; zone: string }
export interface Slot { at: string; until: string }

export class Refusal extends Error {
  constructor(readonly code: string, detail: string, readonly after: number) {
    super(detail);
  }
}

export class Api {
  constructor(private readonly base: string, private readonly key: string, private readonly language: string) {}

  private async ask(path: string, method = "GET", body?: unknown): Promise<Response> {
    const response = await fetch(`${this.base}/api/v1/visitor/${path}`, {
      method, credentials: "omit", cache: "no-store", referrerPolicy: "origin", keepalive: method !== "GET",
      headers: { "Accept-Language": this.language, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    throw new Refusal(problem.code ?? "", problem.detail ?? "", Number(response.headers.get("Retry-After") ?? 0));
  }

  async config(): Promise<Offered> {
    return (await this.ask(`config?key=${this.key}`)).json() as Promise<Offered>;
  }

  async slots(): Promise<Slot[]> {
    return ((await (await this.ask(`slots?key=${this.key}`)).json()) as { slots: Slot[] }).slots;
  }

  async request(body: object): Promise<{ token: string; status: Status }> {
    return (await this.ask("requests", "POST", { key: this.key, language: this.language, ...body })).json() as Promise<{ token: string; status: Status }>;
  }

  async move(token: string, when: string): Promise<Status> {
    return (await this.ask(`requests/${token}`, "PATCH", { when })).json() as Promise<Status>;
  }

  async status(token: string): Promise<Status> {
    return (await this.ask(`requests/${token}`)).json() as Promise<Status>;
  }

  cancel = (token: string) => this.ask(`requests/${token}`, "DELETE");
  page = (token: string, url: string, title: string) => this.ask(`requests/${token}/page`, "POST", { url, title });
  rate = (token: string, score: number, comment: string) => this.ask(`requests/${token}/rating`, "POST", { score, comment });
  unfollow = (token: string) => this.ask(`requests/${token}/page`, "DELETE");
  events = (token: string) => new EventSource(`${this.base}/api/v1/visitor/requests/${token}/events`);
}
