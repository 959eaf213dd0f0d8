import { shown } from "../rule_error.ts";
import type { Condition } from "./condition.ts";

/** A condition that is `true` or `false`. */
export function yesOrNo(
  made: Pick<
    Condition<boolean>,
    "compile" | "cost" | "inLog" | "clause" | "help"
  >,
): Condition<boolean> {
  return {
    ...made,
    read(node, place, issues) {
      if (node.kind === "boolean") return node.value;
      issues.add(
        node,
        place,
        `expected true or false, received ${shown(node)}`,
      );
    },
    schema: { type: "boolean" },
    covers: (outer, inner) => outer === inner,
    choices: () => null,
  };
}
