import { assertEquals } from "@std/assert";
import { keys } from "../../lib/store/keys.ts";
import { assertRefused, taskBench } from "./_tasks.ts";

Deno.test("export blocked for firewalls: what is blocked now, sorted, without the safelist's", async (t) => {
  await using bench = await taskBench();
  const blocks = [
    "203.0.113.8/30",
    "198.51.100.7",
    "203.0.113.9",
    "2001:db8::1",
  ];
  for (const ip of blocks) await bench.ok("block-ip", ip);
  {
    using kv = await Deno.openKv(bench.kvPath);
    const entry = (ip_address: string, expires_at: number | null) => ({
      ip_address,
      reason: "",
      created_at: 0,
      created_by: "x",
      expires_at,
    });
    await kv.set(keys.access("blocked", "192.0.2.1"), entry("192.0.2.1", 1));
    await kv.set(
      keys.access("safe", "203.0.113.10"),
      entry("203.0.113.10", null),
    );
    await kv.set(keys.access("safe", "198.51.100.7"), entry("198.51.100.7", 1));
  }
  const ranges = [
    "198.51.100.7",
    "203.0.113.8/31",
    "203.0.113.11",
    "2001:db8::1",
  ];
  const listed: [string, (text: string) => string[]][] = [
    ["plain", (text) => text.split("\n")],
    ["nginx", (text) => text.split("\n").map((l) => l.slice(5, -1))],
    [
      "nftables",
      (text) => [...text.matchAll(/^ {2}(\S+),$/gm)].map(([, range]) => range!),
    ],
    [
      "ipset",
      (text) =>
        [...text.matchAll(/^add \S+ (\S+)$/gm)].map(([, range]) => range!),
    ],
  ];
  for (const [format, read] of listed) {
    await t.step(format, async () => {
      const text = await bench.ok("export", "blocked", "--format", format);
      assertEquals(read(text.trimEnd()), ranges);
    });
  }
  const refused: [string[], string][] = [
    [["requests", "--format", "plain"], "expected csv, json."],
    [["suspicious", "--format", "nginx"], "expected csv, json."],
    [["blocked", "--format", "iptables"], "csv, json, plain, nginx"],
    [["blocked", "--format", "plain", "--since", "1h"], "the whole list"],
  ];
  for (const [args, says] of refused) {
    await t.step(args.join(" "), async () => {
      assertRefused(await bench.run("export", args), 2, says);
    });
  }
});
