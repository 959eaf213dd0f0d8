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
