/**
 * A plain `Deno.serve` app behind the guard, with a login that the limiter counts:
 * `deno run -A --unstable-kv examples/guard/deno_serve.ts`
 */
import {
  createThrottle,
  type GuardedInfo,
  guardHandler,
  limitedProblem,
  parseRate,
} from "../../lib/guard/mod.ts";

const LOGIN_RATE = parseRate("5/m");

/** The app on a store; the caller closes the store after the app. */
export function createHandler(kv: Deno.Kv) {
  const logins = createThrottle({ kv, now: Date.now, name: "example-login" });

  async function app(
    request: Request,
    { visitor }: GuardedInfo,
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/") {
      return new Response(`Hello, ${visitor.ip}\n`);
    }
    if (pathname === "/login" && request.method === "POST") {
      const decision = await logins.take(visitor.ip, LOGIN_RATE);
      if (!decision.allowed) return limitedProblem(visitor, decision);
      const isRight = await request.text() === "open sesame";
      return new Response(isRight ? "Welcome\n" : "No\n", {
        status: isRight ? 200 : 401,
      });
    }
    return new Response("Not Found\n", { status: 404 });
  }

  return guardHandler(app, { kv });
}

if (import.meta.main) {
  const kv = await Deno.openKv(Deno.env.get("KV_PATH"));
  const handler = createHandler(kv);
  await handler.ready();
  const server = Deno.serve({ port: 8001 }, handler);
  Deno.addSignalListener("SIGINT", () => server.shutdown());
  await server.finished;
  await handler.close();
  kv.close();
}
