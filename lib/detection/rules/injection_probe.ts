import { injectionIn } from "../../signals/injections.ts";
import type { Rule } from "../rule.ts";
import { HOUR } from "../types.ts";
import { counted, inTheHour } from "./words.ts";

/** More than so many are no accident of a tool, but an attack. */
const MANY = 5;

/**
 * Traversal, SQL, script, template and shell patterns in paths: what ModSecurity's Core Rule Set
 * looks for in its families 930 to 934, 941, 942 and 944, reduced to words that no page's address
 * holds by accident. Queries are not in the request log, so only paths are judged.
 */
export function injectionProbe(): Rule {
  return {
    name: "injection_probe",
    about:
      "Paths that carry traversal, SQL, script, template or shell patterns; critical when there are more than five.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 0,
    weight: 1,
    only: { path: (path) => injectionIn(path) !== null },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    raise: ({ count, threshold }) =>
      count > threshold + MANY ? "critical" : "warning",
    explain({ count, window, evidence }) {
      const kinds = new Set(evidence.map(({ path }) => injectionIn(path)));
      const named = [...kinds].filter((kind) => kind !== null).join(", ");
      return `${counted(count, "request")} with ${named || "injection"} ${
        inTheHour(window)
      }`;
    },
  };
}
