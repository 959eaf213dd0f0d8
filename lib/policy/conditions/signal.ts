import { signalMask, SIGNALS } from "../../signals/signal.ts";
import { hint, shown } from "../rule_error.ts";
import { choice, type ReadValue } from "./choice.ts";
import type { Condition } from "./condition.ts";

const readSignal: ReadValue<string> = (node) => {
  const text = node.kind === "string" ? node.value : "";
  return (SIGNALS as readonly string[]).includes(text) ? text : {
    expected: `one of ${SIGNALS.join(", ")}, received ${shown(node)}${
      hint(text, SIGNALS)
    }`,
  };
};

/** Signals of the request. */
export const signal: Condition<string[]> = choice({
  read: readSignal,
  schema: { enum: SIGNALS },
  compile(words) {
    const mask = signalMask(words);
    return ({ signals }) => (signals & mask) !== 0;
  },
  cost: 0,
  before: "with the signal",
  help: `signals of the request: ${
    SIGNALS.map((signal) => `\`${signal}\``).join(", ")
  }`,
});
