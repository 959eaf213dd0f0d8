import { assertEquals } from "@std/assert";
import {
  startServer,
  type TestServer,
  type TestServerOptions,
} from "../_server.ts";

/** The API as used by one user. */
export interface ApiClient {
  token: string;
  /** Calls the API; returns the JSON of a success and throws for anything else. */
  api<T>(
    path: string,
    options?: { method?: string; json?: unknown },
  ): Promise<T>;
  /** Every item of a list, page by page. */
  all<T>(path: string): Promise<T[]>;
}

/** A real server with an admin, and the API as that admin. */
export type AdminServer = TestServer & ApiClient;

/** The admin of {@linkcode startWithAdmin}. */
export const ADMIN = { username: "root", password: "an admin's password" };

/** Starts a server that makes an admin at start, and logs in as that admin. */
export async function startWithAdmin(
  options: TestServerOptions = {},
): Promise<AdminServer> {
  const server = await startServer({
    ...options,
    env: {
      ADMIN_USERNAME: ADMIN.username,
      ADMIN_PASSWORD: ADMIN.password,
      ...options.env,
    },
  });
  try {
    return Object.assign(server, await logIn(server.origin));
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Logs in by the API, by default as the admin. */
export async function logIn(
  origin: string,
  credentials = ADMIN,
): Promise<ApiClient> {
  const response = await fetch(`${origin}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials),
  });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return apiClient(origin, (JSON.parse(text) as { token: string }).token);
}

/** The API with a token. */
export function apiClient(origin: string, token: string): ApiClient {
  async function api<T>(
    path: string,
    { method = "GET", json }: { method?: string; json?: unknown } = {},
  ): Promise<T> {
    const headers = new Headers({ authorization: `Bearer ${token}` });
    if (json !== undefined) headers.set("content-type", "application/json");
    const response = await fetch(`${origin}${path}`, {
      method,
      headers,
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  async function all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const url = new URL(path, origin);
      url.searchParams.set("limit", "500");
      if (cursor !== null) url.searchParams.set("cursor", cursor);
      const page: { items: T[]; cursor: string | null } = await api(
        url.pathname + url.search,
      );
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== null);
    return items;
  }

  return { token, api, all };
}
