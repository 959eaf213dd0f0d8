import { computed, signal } from "@preact/signals";
import { SPECIAL } from "./format.ts";

/** Parses the wire format; `makeSlot` returns the replacement of a slot. */
export function revive(
  flat: unknown[],
  makeSlot: (id: number) => unknown = () => null,
): unknown {
  const revived = new Array<unknown>(flat.length);
  const done = new Set<number>();

  function at(index: number): unknown {
    switch (index) {
      case SPECIAL.undefined:
        return undefined;
      case SPECIAL.NaN:
        return NaN;
      case SPECIAL.Infinity:
        return Infinity;
      case SPECIAL.negativeInfinity:
        return -Infinity;
      case SPECIAL.negativeZero:
        return -0;
    }
    if (done.has(index)) return revived[index];
    done.add(index);
    const item = flat[index];
    if (typeof item !== "object" || item === null) {
      return revived[index] = item;
    }
    if (!Array.isArray(item)) return object(item, index);
    return typeof item[0] === "string"
      ? tagged(item as [string, ...unknown[]], index)
      : list(item, index);
  }

  function object(item: object, index: number): unknown {
    const result: Record<string, unknown> = {};
    revived[index] = result;
    for (const [key, part] of Object.entries(item)) {
      // Defined, not assigned: the key may be "__proto__".
      Object.defineProperty(result, key, {
        value: at(part),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    return result;
  }

  function list(item: number[], index: number): unknown {
    const result: unknown[] = [];
    revived[index] = result;
    for (const part of item) result.push(at(part));
    return result;
  }

  function tagged([tag, ...rest]: [string, ...unknown[]], index: number) {
    const parts = rest as number[];
    switch (tag) {
      case "Set": {
        const set = new Set<unknown>();
        revived[index] = set;
        for (const part of parts) set.add(at(part));
        return set;
      }
      case "Map": {
        const map = new Map<unknown, unknown>();
        revived[index] = map;
        for (let i = 0; i < parts.length; i += 2) {
          map.set(at(parts[i]!), at(parts[i + 1]!));
        }
        return map;
      }
      case "Signal": {
        const result = signal<unknown>(undefined);
        revived[index] = result;
        result.value = at(parts[0]!);
        return result;
      }
      case "Computed": {
        const value = at(parts[0]!);
        return revived[index] = computed(() => value);
      }
      default:
        return revived[index] = leaf(tag, rest);
    }
  }

  function leaf(tag: string, [first, second]: unknown[]): unknown {
    switch (tag) {
      case "BigInt":
        return BigInt(first as string);
      case "URL":
        return new URL(first as string);
      case "Date":
        return new Date(first === null ? NaN : first as number);
      case "RegExp":
        return new RegExp(first as string, second as string);
      case "Uint8Array":
        return fromBase64(first as string);
      case "Slot":
        return makeSlot(first as number);
      default:
        throw new TypeError(`Cannot revive island props: unknown tag "${tag}"`);
    }
  }

  return at(0);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
