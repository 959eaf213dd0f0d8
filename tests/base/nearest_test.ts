import { assertEquals } from "@std/assert";
import { nearest } from "../../lib/base/nearest.ts";

const BLOCK = ["ip", "reason", "for", "force"];

Deno.test("nearest() finds the name that was misspelt or meant", () => {
  for (
    const [name, known, expected] of [
      ["usernme", ["ip", "username", "path"], "username"],
      ["ip_address", ["path", "ip"], "ip"],
      ["IP", BLOCK, "ip"],
      ["duration", BLOCK, "for"],
      ["expires_at", BLOCK, "for"],
      ["resaon", BLOCK, "reason"],
      ["forced", BLOCK, "force"],
      ["", ["a"], "a"],
      ["x".repeat(100_000), ["a"], "a"],
    ] as const
  ) assertEquals(nearest(name, known), expected, name);
});

Deno.test("nearest() of nothing known is nothing", () => {
  assertEquals(nearest("ip", []), null);
});

Deno.test("nearest() finds only what is close where that is asked for", () => {
  assertEquals(nearest("serch", ["search", "seo"], true), "search");
  assertEquals(nearest("elephant", ["search", "seo"], true), null);
  assertEquals(nearest("elephant", ["search", "seo"]), "search");
});

Deno.test("nearest() counts a letter that is put in, taken out or replaced as one", () => {
  for (
    const [name, known] of [
      ["kitten", ["mitten", "sittings"]],
      ["abc", ["abxc", "xabxc"]],
      ["abcd", ["abc", "ab"]],
      ["ab", ["xb", "xy"]],
      ["a", ["ab", "abc"]],
    ] as const
  ) {
    assertEquals(nearest(name, known), known[0], name);
    assertEquals(nearest(name, known.toReversed()), known[0], name);
  }
  // Two edits are always close; for a longer name a third of its letters.
  assertEquals(nearest("abc", ["axy"], true), "axy");
  assertEquals(nearest("abc", ["xyz"], true), null);
  assertEquals(nearest("abcdefghi", ["abcdefxyz"], true), "abcdefxyz");
  assertEquals(nearest("abcdefghi", ["abcdewxyz"], true), null);
});
