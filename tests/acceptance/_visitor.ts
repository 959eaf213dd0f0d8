import type { TestApp, TestRequest } from "../_app.ts";

/** A minimal browser at an address, with cookies. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #app: TestApp;

  constructor(
    app: TestApp,
    readonly peer: string,
    private readonly headers: Record<string, string> = {},
  ) {
    this.#app = app;
  }

  async fetch(path: string, options: TestRequest = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`)
      .join("; ");
    const response = await this.#app.fetch(path, {
      peer: this.peer,
      cookie,
      ...options,
      headers: { ...this.headers, ...options.headers },
    });
    for (const field of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(field)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    return response;
  }

  /** Sends a form and reads the whole response. */
  async post(path: string, form: Record<string, string>) {
    const response = await this.fetch(path, { form });
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get("location"),
      text: await response.text(),
    };
  }

  /** Logs in; resolves to the status. */
  async login(username: string, password: string): Promise<number> {
    return (await this.post("/login", { username, password })).status;
  }

  /** Reads a page. */
  async read(path: string): Promise<{ status: number; text: string }> {
    const response = await this.fetch(path);
    return { status: response.status, text: await response.text() };
  }

  /** Whether the session is valid. */
  async isSignedIn(): Promise<boolean> {
    return (await this.read("/profile")).status === 200;
  }
}
