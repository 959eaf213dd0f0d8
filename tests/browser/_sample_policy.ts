import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { RuleCounts } from "../../lib/policy/rule_counts.ts";

const HOUR = 3_600_000;

/** Rules that block no sample visitor, with counts for a week. */
export async function fillPolicy(kv: Deno.Kv, now: number): Promise<void> {
  await applyPolicy(kv, {
    rules: [
      {
        name: "old-paths",
        track: true,
        when: { path: ["/old/*", "/blog.php"] },
      },
      { name: "no-php", refuse: true, when: { path: "*.php" } },
      {
        name: "rented",
        challenge: true,
        when: {
          hosting: true,
          path: "/forum/*",
          not: { path: ["/forum/feed.xml", "/forum/api/*"] },
        },
      },
      { name: "search", limit: "10/s", when: { path: "/search" }, by: "user" },
      {
        name: "guesses",
        block: "1h",
        when: { path: "/xmlrpc*", status: "4xx" },
        after: "3 in 10m",
      },
    ],
    by: "maria",
    now: now - 50 * HOUR,
  });
  const counts = new RuleCounts();
  for (let hour = 0; hour < 160; hour++) {
    const at = now - hour * HOUR;
    counts.add("old-paths", 3 + hour * 7 % 11, at);
    if (hour % 5 > 2) counts.add("no-php", 20 + hour * 13 % 90, at);
    if (hour > 90 && hour < 97) counts.add("rented", 40, at);
  }
  await counts.flush(kv, now);
}
