import { assertEquals } from "@std/assert";
import {
  startServer,
  type TestServer,
  type TestServerOptions,
} from "../_server.ts";

/** A real server with an admin, and the API as that admin. */
export interface AdminServer extends TestServer {
  token: string;
  /** Calls the API as the admin; answers the JSON of a success. */
  api<T>(
    path: string,
    options?: { method?: string; json?: unknown },
  ): Promise<T>;
  /** Every item of a list, page by page. */
  all<T>(path: string): Promise<T[]>;
}

const ADMIN = { username: "root", password: "an admin's password" };

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
  const { origin } = server;
  try {
    const response = await fetch(`${origin}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(ADMIN),
    });
    const text = await response.text();
    assertEquals(response.status, 200, text);
    const { token } = JSON.parse(text) as { token: string };

    async function api<T>(
      path: string,
      { method = "GET", json }: { method?: string; json?: unknown } = {},
    ): Promise<T> {
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(json === undefined ? {} : { "content-type": "application/json" }),
        },
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
    // Spreading would read the getters once and lose the disposer's name.
    return Object.assign(server, { token, api, all });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
