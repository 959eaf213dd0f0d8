// express with its usual guard: a rate limiter in memory and an access log in a file; `plain` without.
import { createWriteStream } from "node:fs";
import express from "express";
import { rateLimit } from "express-rate-limit";
import morgan from "morgan";

process.stdin.resume().on("end", () => process.exit());
const app = express();
if (process.argv[2] !== "plain") {
  app.set("trust proxy", "loopback");
  app.use(morgan("combined", { stream: createWriteStream("access.log") }));
  app.use(rateLimit({ windowMs: 60_000, limit: 1_000_000_000 }));
}
app.get("/{*path}", (_, response) => response.type("text").send("Hello"));
const server = app.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
