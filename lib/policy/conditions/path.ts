import { quoted } from "../../base/quoted.ts";
import { globCovers } from "../glob.ts";
import { choice, never, type ReadValue } from "./choice.ts";
import type { Condition } from "./condition.ts";
import { anyGlob, readGlob } from "./globs.ts";

const readPath: ReadValue<string> = (node) => {
  const glob = readGlob(node);
  if (typeof glob !== "string") return glob;
  if (!/^[/*]/.test(glob)) {
    return never(`paths begin with "/", received ${quoted(glob)}`);
  }
  if (/[?#]/.test(glob)) {
    return never(`a path ends before "?" and "#", received ${quoted(glob)}`);
  }
  if (/(^|\/)\.{1,2}(\/|$)/.test(glob)) {
    return never(
      `"." and ".." in paths are resolved, received ${quoted(glob)}`,
    );
  }
  if (/%[\da-f]{2}/i.test(glob)) {
    return never(
      `paths are compared decoded, write it so, received ${quoted(glob)}`,
    );
  }
  return glob;
};

/** Globs of the path. */
export const path: Condition<string[]> = choice({
  read: readPath,
  schema: { type: "string", pattern: "^[/*]" },
  compile(globs) {
    const matches = anyGlob(globs);
    return ({ path }) => matches(path);
  },
  cost: 2,
  covers: globCovers,
  all: ["*", "/*"],
  before: "to",
  help:
    "globs; paths are compared as the app sees them: decoded, without query, case-sensitive",
});
