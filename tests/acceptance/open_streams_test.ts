import { assertEquals } from "@std/assert";
import {
  deleteUser,
  setActive,
  setPassword,
  setRole,
} from "../../lib/accounts/change_user.ts";
import { insertUser } from "../../lib/accounts/create_user.ts";
import { createSession, destroyAllOf } from "../../lib/accounts/sessions.ts";
import type { AccountStore } from "../../lib/accounts/users.ts";
import { bringUpToDate } from "../../lib/store/schema.ts";
import { EventReader } from "../_events.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { apiClient } from "./_admin.ts";

/** A user who is logged in by a browser's session and by a script's token. */
interface Admin {
  id: string;
  cookie: string;
  token: string;
}

type Kind = "cookie" | "token";
const BOTH: Kind[] = ["cookie", "token"];

/** Actions in another process than the streaming one, and the streams that each ends. */
const ENDINGS: Record<
  string,
  [
    (store: AccountStore, admin: Admin, origin: string) => Promise<unknown>,
    Kind[],
  ]
> = {
  "a sign-out": [
    async (_, { cookie }, origin) => {
      const response = await fetch(`${origin}/logout`, {
        method: "POST",
        redirect: "manual",
        headers: { origin, cookie, "sec-fetch-site": "same-origin" },
      });
      await response.body?.cancel();
      assertEquals(response.status, 303);
    },
    ["cookie"],
  ],
  "a script's sign-out": [
    (_, { token }, origin) =>
      apiClient(origin, token).api("/api/logout", { method: "POST" }),
    ["token"],
  ],
  "the end of all sessions": [
    (store, { id }) => destroyAllOf(store, id),
    BOTH,
  ],
  "a new password": [
    (store, { id }) => setPassword(store, id, "y", true),
    BOTH,
  ],
  "a demotion": [(store, { id }) => setRole(store, id, "user"), BOTH],
  "disabling": [(store, { id }) => setActive(store, id, false), BOTH],
  "a deletion": [(store, { id }) => deleteUser(store, id), BOTH],
};

Deno.test("what somebody has open ends in every process with their session, password, role or account", async () => {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  try {
    using kv = await Deno.openKv(kvPath);
    await bringUpToDate(kv);
    const store: AccountStore = { kv, now: Date.now };

    const admin = async (username: string): Promise<Admin> => {
      const user = (await insertUser(
        store,
        { username, password_hash: "x", role: "admin" },
        {},
      ))!;
      const from = { ip_address: "198.51.100.7", user_agent: "test" };
      const browser = await createSession(store, user, {
        ...from,
        kind: "browser",
      });
      const script = await createSession(store, user, { ...from, kind: "api" });
      return {
        id: user.id,
        cookie: `portcullis=${browser.secret}`,
        token: script.secret,
      };
    };
    // A user who stays, and is the last active admin.
    const stays = await admin("stays");
    await using one = await startServer({ kvPath });
    await using two = await startServer({ kvPath });

    const listen = async (headers: Record<string, string>) => {
      const path = "/api/requests/stream?path=/seen*";
      const response = await fetch(two.origin + path, { headers });
      assertEquals(response.status, 200);
      return new EventReader(response.body!);
    };
    await using staying = await listen({
      authorization: `Bearer ${stays.token}`,
    });
    const cases = await Promise.all(
      Object.entries(ENDINGS).map(async ([what, [act, ends]], n) => {
        const somebody = await admin(`admin${n}`);
        const { cookie, token } = somebody;
        const streams = {
          cookie: await listen({ cookie }),
          token: await listen({ authorization: `Bearer ${token}` }),
        };
        return { what, act, ends, somebody, streams };
      }),
    );
    for (const { act, somebody } of cases) {
      await act(store, somebody, one.origin);
    }
    for (const { what, ends, streams } of cases) {
      await waitFor(
        `the end after ${what}`,
        () => ends.every((kind) => streams[kind].isOver),
      );
      for (const kind of BOTH) {
        assertEquals(
          streams[kind].isOver,
          ends.includes(kind),
          `${what}: ${kind}`,
        );
        await streams[kind][Symbol.asyncDispose]();
      }
    }
    assertEquals(staying.isOver, false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
