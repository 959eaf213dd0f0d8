import { quoted } from "../../base/quoted.ts";
import { globCovers } from "../glob.ts";
import { choice, never, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";
import { anyGlob, readLowerGlob } from "./globs.ts";

const readHost: ReadValue<string> = (node) => {
  const glob = readLowerGlob(node);
  if (typeof glob !== "string") return glob;
  if (glob === "" || /[/\s@?#]/.test(glob)) {
    return wrong("a host such as example.org or *.example.org", node);
  }
  return /:/.test(glob.replace(/^\[[^\]]*\]$/, ""))
    ? never(`hosts are compared without a port, received ${quoted(glob)}`)
    : glob;
};

/** Globs of the host, in lower case. */
export const host: Condition<string[]> = choice({
  read: readHost,
  schema: { type: "string" },
  compile(globs) {
    const matches = anyGlob(globs);
    return ({ host }) => matches(host);
  },
  cost: 3,
  covers: globCovers,
  before: "at",
  help: "globs, without port",
});
