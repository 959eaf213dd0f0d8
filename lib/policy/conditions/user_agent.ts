import { globCovers } from "../glob.ts";
import { choice } from "./choice.ts";
import type { Condition } from "./condition.ts";
import { anyGlob, readLowerGlob } from "./globs.ts";

/** Globs of the user agent, in lower case. */
export const userAgent: Condition<string[]> = choice({
  read: readLowerGlob,
  schema: { type: "string" },
  compile(globs) {
    const matches = anyGlob(globs);
    return ({ userAgent }) => matches(userAgent.toLowerCase());
  },
  cost: 5,
  covers: globCovers,
  all: ["*"],
  before: "by user agent",
  named: (glob) => glob || "nothing",
  help: 'globs, ignoring case; `""` matches requests without one',
});
