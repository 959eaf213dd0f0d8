// hono with a rate limiter in memory and an access log in a file; `plain` without.
import { createWriteStream } from "node:fs";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { logger } from "hono/logger";
import { rateLimiter } from "hono-rate-limiter";

const log = createWriteStream("access.log");
process.stdin.resume().on("end", () => process.exit());
const app = new Hono();
if (process.argv[2] !== "plain") {
  app.use(logger((line) => log.write(line + "\n")));
  app.use(rateLimiter({
    windowMs: 60_000,
    limit: 1_000_000_000,
    keyGenerator: (c) =>
      c.req.header("x-forwarded-for") ?? c.env.incoming.socket.remoteAddress,
  }));
}
app.get("*", (c) => c.text("Hello"));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  console.log(JSON.stringify({ port }));
});
