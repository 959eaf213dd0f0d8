import { choice, never, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";

/** A token of RFC 9110, limited in length. */
export const TOKEN = /^[!#$%&'*+.^_`|~\w-]{1,64}$/;

const readMethod: ReadValue<string> = (node) => {
  if (node.kind !== "string" || !TOKEN.test(node.value)) {
    return wrong("a method such as GET", node);
  }
  const upper = node.value.toUpperCase();
  return node.value === upper ? upper : never(
    `methods are in capitals: did you mean "${upper}"?`,
  );
};

/** Methods. */
export const method: Condition<string[]> = choice({
  read: readMethod,
  schema: { type: "string", pattern: "^[^a-z]+$" },
  compile(methods) {
    const set = new Set(methods);
    return ({ method }) => set.has(method);
  },
  cost: 1,
  before: "with",
  help: '`"GET"`, in capitals',
});
