import { quoted } from "./quoted.ts";
import { Refusal } from "./refusal.ts";

/**
 * A text as one value of a closed list.
 *
 * @param action What fails, for the message: `filter by outcome`.
 * @throws {Refusal} naming the expected values.
 *
 * @example
 * ```ts
 * import { oneOf } from "./one_of.ts";
 * import { Refusal } from "./refusal.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(oneOf(["on", "off"], "on", "switch"), "on");
 * assertThrows(() => oneOf(["on", "off"], "up", "switch"), Refusal);
 * ```
 */
export function oneOf<const T extends string>(
  list: readonly T[],
  text: string,
  action: string,
): T {
  if ((list as readonly string[]).includes(text)) return text as T;
  const expected = list.length > 1
    ? `${list.slice(0, -1).join(", ")} or ${list.at(-1)}`
    : list.join();
  throw new Refusal(
    "invalid",
    `Cannot ${action} ${quoted(text)}: expected ${expected}`,
  );
}
