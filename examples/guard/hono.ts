/**
 * A Hono app behind the guard: `deno run -A --unstable-kv examples/guard/hono.ts`
 */
import { Hono } from "hono";
import { type GuardedInfo, guardHandler } from "../../lib/guard/mod.ts";

interface Note {
  text: string;
  from: string;
}

/** A board of notes; `c.env.visitor` is the visitor. */
export function createApp() {
  const notes: Note[] = [];
  return new Hono<{ Bindings: GuardedInfo }>()
    .get("/notes", (c) => c.json(notes))
    .post("/notes", async (c) => {
      const note = { text: await c.req.text(), from: c.env.visitor.ip };
      notes.push(note);
      return c.json(note, 201);
    });
}

/** The app on a store; the caller closes the store after the app. */
export function createHandler(kv: Deno.Kv) {
  return guardHandler(createApp().fetch, {
    kv,
    trustedProxies: ["127.0.0.1"],
    logRetention: "7d",
  });
}

if (import.meta.main) {
  const kv = await Deno.openKv(Deno.env.get("KV_PATH"));
  const handler = createHandler(kv);
  await handler.ready();
  const server = Deno.serve({ port: 8002 }, handler);
  Deno.addSignalListener("SIGINT", () => server.shutdown());
  await server.finished;
  await handler.close();
  kv.close();
}
