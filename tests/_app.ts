import { Builder } from "fresh/dev";
import { createApp } from "../app.ts";
import { createUser } from "../lib/accounts/create_user.ts";
import type { Role } from "../lib/accounts/user.ts";
import { createSession } from "../lib/accounts/sessions.ts";
import { type Environment, parseConfig } from "../lib/settings/config.ts";
import type { Resolver } from "../lib/bots/resolver.ts";
import type { FetchList } from "../lib/feeds/fetch_list.ts";
import { openServices, type Services } from "../lib/app/services.ts";

/** The app in this process, without a socket, on an in-memory KV and a test clock. */
export interface TestApp extends AsyncDisposable {
  services: Services;
  /** The clock, in milliseconds since the epoch; set it to move in time. */
  clock: { now: number };
  /** Sends a request; a form or JSON body gets the headers that a browser or client would send. */
  fetch(path: string, options?: TestRequest): Promise<Response>;
  /** Creates a user and starts a browser session; resolves to its cookie and to a bearer token. */
  signIn(
    username: string,
    role?: Role,
  ): Promise<{ cookie: string; token: string }>;
}

/** A request to a {@linkcode TestApp}. */
export interface TestRequest {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as a form of this site, with `Origin`. */
  form?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  body?: BodyInit;
  cookie?: string;
  token?: string;
  /** The peer's address. @default {"198.51.100.7"} */
  peer?: string;
}

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);
const ORIGIN = "http://localhost";
export const PASSWORD = "a password for tests";

/** A DNS resolver without any names. */
const SILENT: Resolver = {
  reverse: () => Promise.resolve([]),
  forward: () => Promise.resolve([]),
};

// At module level: upstream's bundler is a process that outlives the first test.
const apply = await new Builder({ root: ROOT }).build({ snapshot: "memory" });

/** Starts a {@linkcode TestApp}; geolocation is off unless `env` sets it. */
export async function startApp(
  {
    env = {},
    kv,
    now = Date.UTC(2026, 0, 5, 12),
    resolver = SILENT,
    fetchList,
  }: {
    env?: Environment;
    kv?: Deno.Kv;
    now?: number;
    resolver?: Resolver;
    fetchList?: FetchList;
  } = {},
): Promise<TestApp> {
  const store = kv ?? await Deno.openKv(":memory:");
  const clock = { now };
  const services = await openServices({
    config: parseConfig({ GEO_PROVIDER: "off", KV_PATH: ":memory:", ...env }),
    kv: store,
    now: () => clock.now,
    resolver,
    fetchList,
    staticPaths: new Set(["/styles.css"]),
  });
  const app = createApp(services);
  apply(app);
  const handler = app.handler();

  return {
    services,
    clock,
    fetch(path, options = {}) {
      const { method, form, json, cookie, token, peer = "198.51.100.7" } =
        options;
      const headers = new Headers(options.headers);
      let body = options.body;
      if (form) {
        body = new URLSearchParams(form);
        if (!headers.has("origin") && !headers.has("sec-fetch-site")) {
          headers.set("origin", ORIGIN);
        }
      }
      if (json !== undefined) {
        body = JSON.stringify(json);
        headers.set("content-type", "application/json");
      }
      if (cookie) headers.set("cookie", cookie);
      if (token) headers.set("authorization", `Bearer ${token}`);
      const request = new Request(`${ORIGIN}${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
        headers,
        body,
        redirect: "manual",
      });
      return Promise.resolve(handler(request, {
        remoteAddr: { transport: "tcp", hostname: peer, port: 40_000 },
        completed: Promise.resolve(),
      }));
    },
    async signIn(username, role = "user") {
      const { accounts } = services;
      const user = await createUser(accounts, {
        username,
        password: PASSWORD,
        role,
      });
      const origin = { ip_address: "198.51.100.7", user_agent: "test" };
      const browser = await createSession(accounts, user, {
        ...origin,
        kind: "browser",
      });
      const api = await createSession(accounts, user, {
        ...origin,
        kind: "api",
      });
      return { cookie: `portcullis=${browser.secret}`, token: api.secret };
    },
    async [Symbol.asyncDispose]() {
      await services.close();
      if (!kv) store.close();
    },
  };
}

/** A page without Fresh's markers of keys, islands and slots. */
export function withoutComments(html: string): string {
  return html.replaceAll(/<!--.*?-->/gs, "");
}
