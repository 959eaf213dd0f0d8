import { assertEquals } from "@std/assert";
import { AtOnce } from "../../lib/limits/at_once.ts";

Deno.test("AtOnce: places are taken up to the limit, and each that is left is free again", () => {
  const limit = new AtOnce("downloads", 2);
  assertEquals([limit.id, limit.max], ["downloads", 2]);
  assertEquals(limit.enter("s", 0), true);
  assertEquals(limit.enter("s", 0), true);
  assertEquals(limit.enter("s", 0), false);
  assertEquals(limit.enter("another", 0), true);
  assertEquals(limit.open(), [["s", 2], ["another", 1]]);
  limit.leave("s");
  assertEquals(limit.taken("s", 0), 1);
  limit.leave("s");
  limit.leave("another");
  // A subject without open requests takes no memory.
  assertEquals(limit.open(), []);
  limit.leave("s");
  assertEquals([limit.taken("s", 0), limit.open().length], [0, 0]);
});

Deno.test("AtOnce: what another process said counts for three seconds", () => {
  const limit = new AtOnce("downloads", 2);
  limit.hear("other", [["s", 1]], 1_000);
  assertEquals(limit.taken("s", 4_000), 1);
  assertEquals(limit.enter("s", 4_000), true);
  assertEquals(limit.enter("s", 4_000), false);
  assertEquals(limit.taken("s", 4_001), 1);
  assertEquals(limit.enter("s", 4_001), true);
});
