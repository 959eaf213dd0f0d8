import { assert, assertEquals } from "@std/assert";
import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { incidentTraffic } from "../../lib/console/incident_traffic.ts";
import type { Incident } from "../../lib/detection/incidents/incident.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { record, store } from "../log/_records.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const START = NOW - 20 * HOUR;
const now = () => NOW;
const BUDGET_MS = 60_000;

const incident = (fields: Partial<Incident>) =>
  ({
    first_seen: START,
    last_seen: NOW - 1,
    addresses: [],
    networks: [],
    ...fields,
  }) as unknown as Incident;

/** A visitor per minute for 20 hours, and two addresses now and then. */
async function fill(kv: Deno.Kv): Promise<void> {
  const rows = Array.from({ length: 20 * 60 }, (_, i) => {
    const timestamp = START + i * MINUTE;
    const visit = record({ timestamp, ip_address: `192.0.2.${i % 200}` });
    return i % 300 === 7
      ? [
        visit,
        record({ timestamp, ip_address: "203.0.113.7", status: 404 }),
        record({ timestamp, ip_address: "2001:db8::7", status: 404 }),
      ]
      : [visit];
  }).flat();
  await store(kv, now, rows);
  await rollUp({ kv, now });
}

Deno.test("incidentTraffic() counts who took part: addresses, else networks, else everybody", async () => {
  using kv = await Deno.openKv(":memory:");
  await fill(kv);
  const requests = async (fields: Partial<Incident>) => {
    const parts = { kv, now };
    const traffic = await incidentTraffic(parts, incident(fields), BUDGET_MS);
    assertEquals(traffic.counted_since, START);
    return traffic.totals.requests;
  };
  const addresses = ["203.0.113.7", "2001:db8::7"];
  const networks = ["203.0.113.0/24"];
  assertEquals(await requests({ addresses, networks }), 8);
  assertEquals(await requests({ networks }), 4);
  assertEquals(await requests({}), 20 * 60 + 8);
});

Deno.test("incidentTraffic() reads only the minutes in which its addresses were seen", async () => {
  using kv = await Deno.openKv(":memory:");
  await fill(kv);
  let chunks = 0;
  const spied = new Proxy(kv, {
    get(target, name) {
      if (name !== "list") {
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async function* (...args: Parameters<Deno.Kv["list"]>) {
        for await (const entry of target.list(...args)) {
          if (entry.key[0] === "request_log") chunks++;
          yield entry;
        }
      };
    },
  });
  const read = async (fields: Partial<Incident>) => {
    chunks = 0;
    await incidentTraffic({ kv: spied, now }, incident(fields), BUDGET_MS);
    return chunks;
  };
  const all = await read({});
  const some = await read({ addresses: ["203.0.113.7", "2001:db8::7"] });
  assert(some > 0 && some * 4 < all, `${some} of ${all} chunks were read`);
});
