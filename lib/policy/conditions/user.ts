import { nearest } from "../../base/nearest.ts";
import { quoted } from "../../base/quoted.ts";
import { choice, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";

const WORDS: Record<string, string | undefined> = {
  anonymous: "anonymous clients",
  "signed-in": "signed-in users",
};

const readUser: ReadValue<string> = (node) => {
  if (
    node.kind !== "string" || node.value === "" || node.value.length > 64
  ) return wrong("anonymous, signed-in or a name", node);
  const meant = nearest(node.value, Object.keys(WORDS), true);
  return meant !== null && meant !== node.value &&
      node.value.replace(/[_ ]/g, "-").toLowerCase() === meant
    ? { expected: `${quoted(meant)}, received ${quoted(node.value)}` }
    : node.value;
};

/** `anonymous`, `signed-in` or names. */
export const user: Condition<string[]> = choice({
  read: readUser,
  schema: { anyOf: [{ enum: Object.keys(WORDS) }, { type: "string" }] },
  compile(names) {
    const set = new Set(names);
    const anybody = set.has("signed-in");
    const nobody = set.has("anonymous");
    return ({ user }) => user === null ? nobody : anybody || set.has(user);
  },
  cost: 12,
  covers: (outer, inner) =>
    outer === inner || outer === "signed-in" && inner !== "anonymous",
  before: "of",
  named: (name) => Object.hasOwn(WORDS, name) ? WORDS[name]! : name,
  help: "`anonymous`, `signed-in`, or names",
});
