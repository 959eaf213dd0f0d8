import { computed, Signal } from "@preact/signals";
import { SPECIAL } from "./format.ts";

const ComputedPrototype = Object.getPrototypeOf(computed(() => 0));

/**
 * Serializes a list or object into the wire format. Server-rendered JSX is written as a slot;
 * `slotId` returns its id, or null. Throws TypeError, naming the property, for values that a
 * browser cannot get, such as a function.
 */
export function serialize(
  root: unknown,
  slotId: (value: unknown) => number | null = () => null,
): unknown[] {
  const flat: unknown[] = [];
  const indexes = new Map<unknown, number>();

  function index(value: unknown, path: string): number {
    const special = specialIndex(value);
    if (special !== null) return special;
    const known = indexes.get(value);
    if (known !== undefined) return known;
    // Reserved before its parts are visited, as they may refer to it.
    const at = flat.push(null) - 1;
    indexes.set(value, at);
    flat[at] = item(value, path);
    return at;
  }

  function item(value: unknown, path: string): unknown {
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
        return value;
      case "bigint":
        return ["BigInt", String(value)];
      case "symbol":
        // JSON has no symbols: flatText() leaves a hole, and the page's islands are not hydrated.
        return value;
      case "object":
        break;
      default:
        throw unserializable(value, path);
    }
    if (value === null) return null;
    const slot = slotId(value);
    if (slot !== null) return ["Slot", slot];
    if (Array.isArray(value)) {
      return value.map((part, i) => index(part, `${path}[${i}]`));
    }
    if (value instanceof Signal) {
      const tag = Object.getPrototypeOf(value) === ComputedPrototype
        ? "Computed"
        : "Signal";
      return [tag, index(value.peek(), `${path}.value`)];
    }
    if (value instanceof URL) return ["URL", value.href];
    if (value instanceof Date) {
      const time = value.getTime();
      return ["Date", Number.isNaN(time) ? null : time];
    }
    if (value instanceof RegExp) return ["RegExp", value.source, value.flags];
    if (value instanceof Uint8Array) return ["Uint8Array", value.toBase64()];
    if (value instanceof Set) {
      return ["Set", ...[...value].map((part) => index(part, `${path}[]`))];
    }
    if (value instanceof Map) {
      return [
        "Map",
        ...[...value].flatMap(([key, part]) => [
          index(key, `${path}[key]`),
          index(part, `${path}[value]`),
        ]),
      ];
    }
    // Also for class instances, of which only own properties are kept.
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [
        key,
        index(part, path === "" ? key : `${path}.${key}`),
      ]),
    );
  }

  index(root, "");
  return flat;
}

/** JSON for a script element of an HTML page. */
export function inlineJson(value: unknown): string {
  // Covers "</script" and "<!--", in any case.
  return JSON.stringify(value).replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** {@linkcode inlineJson} of the result of serialize(), with symbols left empty. */
export function flatText(flat: unknown[]): string {
  const parts = flat.map((item) =>
    typeof item === "symbol" ? "" : inlineJson(item)
  );
  return `[${parts.join()}]`;
}

function specialIndex(value: unknown): number | null {
  if (value === undefined) return SPECIAL.undefined;
  if (typeof value !== "number") return null;
  if (Number.isNaN(value)) return SPECIAL.NaN;
  if (value === Infinity) return SPECIAL.Infinity;
  if (value === -Infinity) return SPECIAL.negativeInfinity;
  return Object.is(value, -0) ? SPECIAL.negativeZero : null;
}

function unserializable(value: unknown, path: string): TypeError {
  const kind = typeof value === "object"
    ? value?.constructor?.name ?? "object"
    : typeof value;
  return new TypeError(
    `Cannot serialize island prop "${path}": expected plain data, a signal or JSX, received ${kind}`,
  );
}
