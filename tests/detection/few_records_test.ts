import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { evaluate } from "../../lib/detection/engine.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { NO_RECORD, type RequestRecord } from "../../lib/log/request_record.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2025, 4, 17, 10);

const rules = allRules({
  threshold: 20,
  sensitivePaths: ["/admin"],
  loginPaths: ["/login"],
  isAdmin: () => false,
});

const one = fc.record({
  timestamp: fc.integer({ min: START - HOUR, max: START + HOUR + 1_000 }),
  ip_address: fc.constantFrom("203.0.113.1", "203.0.113.2", "2001:db8::1"),
  method: fc.constantFrom("GET", "POST"),
  path: fc.constantFrom("/", "/login", "/admin", "/.env", "/a", "/b", "/c/1"),
  status: fc.constantFrom(200, 401, 403, 404, 500),
  user_agent: fc.constantFrom(null, "Mozilla/5.0", "sqlmap/1.8"),
  signals: fc.constantFrom(0, 0, 0, 1, 64),
  outcome: fc.constantFrom(
    "allowed" as const,
    "limited" as const,
    "blocked" as const,
  ),
}).map((some): RequestRecord => ({ ...NO_RECORD, ...some }));

/** Can be read only once, as the chunks of a stream may be. */
function* once(records: readonly RequestRecord[]) {
  yield* records;
}

async function* stream(chunks: Iterable<Iterable<RequestRecord>>) {
  yield* chunks;
}

Deno.test("evaluate(): of few records that can be read twice it finds what it finds of a stream", async () => {
  const period = { from: START, to: START + HOUR };
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(one, { maxLength: 80 }),
      fc.integer({ min: 1, max: 5 }),
      async (records, count) => {
        const size = Math.ceil(records.length / count) || 1;
        const chunks: RequestRecord[][] = [];
        for (let from = 0; from < records.length; from += size) {
          chunks.push(records.slice(from, from + size));
        }
        const few = await evaluate(rules, stream(chunks), period);
        const all = await evaluate(rules, stream(chunks.map(once)), period);
        assertEquals(few.drafts, all.drafts);
        assertEquals(few.examined, all.examined);
        assertEquals([...few.census].length, [...all.census].length);
        found += few.drafts.length;
      },
    ),
    { numRuns: 150 },
  );
  assert(found > 100, `${found} found`);
});
