import type { JsonNode } from "../jsonc.ts";
import { type Issues, shown } from "../rule_error.ts";
import type { Condition, Predicate } from "./condition.ts";

const MAX_VALUES = 1_000;

/** Reads one value, or returns what was expected instead. */
export type ReadValue<T> = (node: JsonNode) => T | { expected: string };

/** The specifics of a condition that one of several values meets. */
export interface Choice<T> {
  /** Reads one value. */
  read: ReadValue<T>;
  /** The schema of one value. */
  schema: Record<string, unknown>;
  compile(values: readonly T[]): Predicate;
  cost: number;
  needsStatus?: true;
  /** @default {true} */
  inLog?: boolean | "address";
  /** Whether one value matches all that another does. @default {Object.is} */
  covers?(outer: T, inner: T): boolean;
  /** Values that match every request. */
  all?: readonly T[];
  /** The text before the values in a sentence. */
  before: string;
  /** A value in a sentence. @default {String} */
  named?(value: T): string;
  help: string;
}

/** A condition whose value is one or a list, of which one has to match. */
export function choice<T>(made: Choice<T>): Condition<T[]> {
  const { read, inLog = true, covers = Object.is, all = [] } = made;
  const { named = String } = made;
  return {
    read: (node, place, issues) => readList(node, place, issues, read),
    schema: oneOrMore(made.schema),
    compile: made.compile,
    cost: made.cost,
    needsStatus: made.needsStatus,
    inLog,
    covers: (outer, inner) =>
      outer.some((one) => all.includes(one)) ||
      allCovered(outer, inner ?? [], covers),
    choices: (values) => values.map((value) => [value]),
    clause: (values) => `${made.before} ${or(values.map(named))}`,
    help: made.help,
  };
}

/** Whether there are values, and each is covered by one of `outer`. */
export function allCovered<T>(
  outer: readonly T[],
  inner: readonly T[],
  covers: (outer: T, inner: T) => boolean,
): boolean {
  return inner.length > 0 &&
    inner.every((each) => outer.some((one) => covers(one, each)));
}

/** The schema of a value or a list of them. */
export function oneOrMore(
  items: Record<string, unknown>,
): Record<string, unknown> {
  return { anyOf: [items, { type: "array", minItems: 1, items }] };
}

/** Reads a value or a list of them; omits invalid ones. */
export function readList<T>(
  node: JsonNode,
  path: string,
  issues: Issues,
  read: ReadValue<T>,
): T[] {
  const items = node.kind === "array" ? node.items : [node];
  if (items.length === 0) {
    issues.add(
      node,
      path,
      "can never match: expected at least one value, received an empty list",
    );
  }
  if (items.length > MAX_VALUES) {
    issues.add(node, path, `expected at most ${MAX_VALUES} values`);
    return [];
  }
  const values: T[] = [];
  items.forEach((item, i) => {
    const value = read(item);
    const place = node.kind === "array" ? `${path}[${i}]` : path;
    if (isProblem(value)) {
      issues.add(
        item,
        place,
        value.expected.startsWith("can never")
          ? value.expected
          : `expected ${value.expected}`,
      );
    } else values.push(value);
  });
  return values;
}

function isProblem(value: unknown): value is { expected: string } {
  return typeof value === "object" && value !== null && "expected" in value;
}

/** An error: another value was expected. */
export function wrong(what: string, node: JsonNode): { expected: string } {
  return { expected: `${what}, received ${shown(node)}` };
}

/** An error for a value that no request can have. */
export function never(why: string): { expected: string } {
  return { expected: `can never match: ${why}` };
}

/** How many values of a list are named. */
const MAX_NAMED = 6;

/** Values as a sentence lists them. */
export function or(values: readonly string[]): string {
  const named = values.slice(0, MAX_NAMED);
  const more = values.length - named.length;
  if (more > 0) return `${named.join(", ")} or ${more} more`;
  const last = named.at(-1)!;
  return named.length === 1
    ? last
    : `${named.slice(0, -1).join(", ")} or ${last}`;
}
