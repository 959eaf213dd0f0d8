import { assertEquals } from "@std/assert";
import { readBlockList } from "../../lib/import/block_list.ts";

const read = (text: string) =>
  [...readBlockList(text)].map(({ ip, reason, expires_at }) =>
    [ip, reason, expires_at].join("|")
  );

Deno.test("readBlockList() reads a line per address, with comments and reasons", () => {
  assertEquals(
    read(
      "# a list\n; another comment\n203.0.113.9\n 198.18.0.0/24 ; SBL1\n" +
        "2001:db8::/32, spam, and more\n203.0.113.10 # seen twice\n\n",
    ),
    [
      "203.0.113.9||",
      "198.18.0.0/24|SBL1|",
      "2001:db8::/32|spam, and more|",
      "203.0.113.10|seen twice|",
    ],
  );
});

Deno.test("readBlockList() reads what the export writes", () => {
  assertEquals(
    read(
      "ip_address,reason,created_at,created_by,expires_at,hits,last_hit_at\r\n" +
        `203.0.113.9,"guessing, again",2026-01-01T00:00:00.000Z,root,2026-02-01T00:00:00.000Z,3,\r\n` +
        "198.18.0.0/24,'=cmd,2026-01-01T00:00:00.000Z,root,,0,\r\n",
    ),
    [
      `203.0.113.9|guessing, again|${Date.UTC(2026, 1, 1)}`,
      "198.18.0.0/24|=cmd|",
    ],
  );
});

Deno.test("readBlockList() hands on what is no address, for the import to refuse", () => {
  assertEquals(read("banana\n300.1.1.1, x\n"), ["banana||", "300.1.1.1|x|"]);
});
