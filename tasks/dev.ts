/** `deno task dev`: serves from the sources and builds anew on every change. */
import { Builder } from "fresh/dev";
import { loadConfigOrExit } from "../lib/config.ts";
import { parseTaskArgs } from "./_cli.ts";

parseTaskArgs({
  usage: "deno task dev",
  about: "Like `deno task start`, from the sources, with watch and reload.",
});
const { host, port } = await loadConfigOrExit();
const root = decodeURIComponent(new URL("../", import.meta.url).pathname);
await new Builder({ root }).listen(() => import("../main.ts"), {
  hostname: host,
  port,
});
