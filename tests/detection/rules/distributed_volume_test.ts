import { assertEquals } from "@std/assert";
import { Clients } from "../../../lib/detection/clients.ts";
import { distributedVolume } from "../../../lib/detection/rules/distributed_volume.ts";
import type { RequestRecord } from "../../../lib/log/request_record.ts";
import { HOUR_START, record, THE_HOUR } from "../records.ts";

const rule = distributedVolume();

/** The same number of requests from each of several addresses of a network. */
function crowd(
  addresses: number,
  each: number,
  fields: (host: number, n: number) => Partial<RequestRecord> = () => ({}),
  network = "198.51.100.",
): RequestRecord[] {
  return Array.from({ length: addresses * each }, (_, n) => {
    const host = n % addresses;
    return record({
      ip_address: `${network}${host + 1}`,
      timestamp: HOUR_START + n,
      user_agent: "Mozilla/5.0 (X11) Firefox/128.0",
      ...fields(host, n),
    });
  });
}

const byHost = (host: number) => ({ user_agent: `Mozilla/5.0 (no. ${host})` });

const CASES: Record<
  string,
  [records: RequestRecord[], found: [subject: string, severity: string][]]
> = {
  "200 addresses of a /24 with 90 each": [crowd(200, 90), [[
    "198.51.100.0/24",
    "warning",
  ]]],
  "ten addresses, just above the threshold": [crowd(10, 201), [[
    "198.51.100.0/24",
    "warning",
  ]]],
  "ten addresses at the threshold": [crowd(10, 200), []],
  "nine addresses": [crowd(9, 1_000), []],
  "of a /48": [
    crowd(20, 150, (host) => ({
      ip_address: `2001:db8:7:${host}::1`,
    })),
    [["2001:db8:7::/48", "warning"]],
  ],
  "of one /64": [
    crowd(20, 150, (host) => ({
      ip_address: `2001:db8:7:1::${host + 1}`,
    })),
    [["2001:db8:7::/48", "warning"]],
  ],
  "under many names, five times as much": [crowd(60, 170, byHost), [[
    "198.51.100.0/24",
    "warning",
  ]]],
  "nearly all under one name, which is not the first that is seen": [
    crowd(20, 150, (host) => host === 0 ? { user_agent: "curl/8" } : {}),
    [["198.51.100.0/24", "warning"]],
  ],
  "under many names, four times as much": [crowd(60, 130, byHost), []],
  "under many names, of few addresses": [crowd(40, 300, byHost), []],
  "of clients that the app knows": [
    crowd(200, 90, () => ({ username: "ann" })),
    [],
  ],
  "of what says that it is a crawler": [
    crowd(40, 90, () => ({
      user_agent:
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    })),
    [["198.51.100.0/24", "info"]],
  ],
  "of many networks": [
    crowd(200, 90, (host) => ({ ip_address: `198.18.${host}.7` })),
    [],
  ],
};

for (const [name, [records, found]] of Object.entries(CASES)) {
  Deno.test(`distributed_volume: ${name}: ${found.length === 0 ? "nothing" : found}`, () => {
    const clients = new Clients();
    for (const one of records) clients.add(one);
    const scene = { period: THE_HOUR, drafts: [], clients, baseline: null };
    assertEquals(
      rule.judge(scene, rule).map(({ subject, severity }) => [
        subject,
        severity,
      ]),
      found,
    );
  });
}
