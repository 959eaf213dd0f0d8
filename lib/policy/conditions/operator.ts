import { choice, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";
import { yesOrNo } from "./yes_or_no.ts";

const readAsn: ReadValue<number> = (node) =>
  node.kind === "number" && Number.isInteger(node.value) && node.value >= 1 &&
    node.value <= 4_294_967_294
    ? node.value
    : wrong("the number of an operator such as 64496", node);

/** Numbers of network operators. */
export const asn: Condition<number[]> = choice({
  read: readAsn,
  schema: { type: "integer", minimum: 1 },
  compile(numbers) {
    const set = new Set<number | null>(numbers);
    return ({ asn }) => set.has(asn);
  },
  cost: 8,
  before: "from",
  named: (number) => `AS${number}`,
  help: "numbers of network operators (autonomous systems)",
});

/** Whether the operator is a hosting provider. */
export const hosting: Condition<boolean> = yesOrNo({
  compile: (value) => ({ hosting }) => hosting === value,
  cost: 9,
  inLog: true,
  clause: (value) =>
    `from ${value ? "" : "networks other than "}hosting providers`,
  help: "`true`: the network operator is a hosting provider",
});
