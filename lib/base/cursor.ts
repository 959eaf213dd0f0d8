import { Refusal } from "./refusal.ts";

/** The types of a position's parts. */
type Kind = "number" | "text";

type Place<K extends readonly Kind[]> = {
  -readonly [At in keyof K]: K[At] extends "number" ? number : string;
};

/** Far more than a position in any list needs. */
const LONGEST = 512;

/**
 * The cursor of a list: the position of the last item that was shown, as a text that only the list
 * itself reads.
 *
 * @example
 * ```ts
 * import { cursorOf } from "./cursor.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const cursor = cursorOf("number", "text");
 * const text = cursor.write([1_700_000_000_000, "a7"]);
 * assertEquals(cursor.read(text), [1_700_000_000_000, "a7"]);
 * assertEquals(cursor.read(null), null);
 * assertThrows(() => cursor.read("page2"));
 * ```
 */
export function cursorOf<const K extends readonly Kind[]>(...kinds: K) {
  return {
    write(place: Place<K>): string {
      return new TextEncoder().encode(JSON.stringify(place))
        .toBase64({ alphabet: "base64url", omitPadding: true });
    },

    /**
     * The position in a cursor; null without one.
     *
     * @throws {Refusal} if this list has not written it.
     */
    read(cursor: string | null | undefined): Place<K> | null {
      if (cursor === null || cursor === undefined || cursor === "") return null;
      const place = parse(cursor);
      const isOurs = Array.isArray(place) && place.length === kinds.length &&
        kinds.every((kind, at) =>
          kind === "text"
            ? typeof place[at] === "string"
            : Number.isFinite(place[at])
        );
      if (isOurs) return place as Place<K>;
      throw new Refusal(
        "malformed",
        "Cannot read cursor: expected a cursor from a list",
      );
    },
  };
}

function parse(cursor: string): unknown {
  if (cursor.length > LONGEST) return null;
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
