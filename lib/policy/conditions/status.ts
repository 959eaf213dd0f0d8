import { choice, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";

/** A status, or a class such as `4xx`, from its first to its last number. */
export interface StatusRange {
  from: number;
  to: number;
}

const readStatus: ReadValue<StatusRange> = (node) => {
  if (
    node.kind === "number" && Number.isInteger(node.value) &&
    node.value >= 100 && node.value <= 599
  ) return { from: node.value, to: node.value };
  if (node.kind === "string" && /^[1-5]xx$/.test(node.value)) {
    const from = Number(node.value[0]) * 100;
    return { from, to: from + 99 };
  }
  return wrong('a status such as 404 or "4xx"', node);
};

/** Statuses of the response. */
export const status: Condition<StatusRange[]> = choice({
  read: readStatus,
  schema: {
    anyOf: [
      { type: "integer", minimum: 100, maximum: 599 },
      { type: "string", pattern: "^[1-5]xx$" },
    ],
  },
  compile: (ranges) => (_, status) =>
    ranges.some(({ from, to }) => status >= from && status <= to),
  cost: 0,
  needsStatus: true,
  covers: (a, b) => a.from <= b.from && a.to >= b.to,
  before: "answered",
  named: ({ from, to }) =>
    from === to ? `${from}` : `${Math.floor(from / 100)}xx`,
  help:
    'with `block` only: the status of the response, such as `404` or `"4xx"`',
});
