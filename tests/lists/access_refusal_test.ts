import { assert, assertEquals } from "@std/assert";
import { refusalFor } from "../../lib/lists/access_refusal.ts";
import { parseCidr } from "../../lib/net/cidr.ts";

const GUARDED = {
  trustedProxies: [parseCidr("198.51.100.7"), parseCidr("2001:db8:ffff::/48")],
  protectedIps: ["203.0.113.9", "::ffff:203.0.113.10", "garbage"],
  safelist: [
    safe("192.0.2.0/28"),
    safe("2001:db8:5::5"),
    safe("192.0.2.200", 1_000),
  ],
  now: 1_000,
};

function safe(ip_address: string, expires_at: number | null = null) {
  return {
    ip_address,
    reason: "",
    created_at: 0,
    created_by: "ada",
    expires_at,
  };
}

const REFUSED: [range: string, why: string][] = [
  ["127.0.0.1", "loopback"],
  ["127.9.9.9", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::/127", "loopback"],
  ["126.0.0.0/7", "loopback"],
  ["198.51.100.7", "trusted proxy 198.51.100.7"],
  ["198.51.100.0/24", "trusted proxy 198.51.100.7"],
  ["2001:db8:ffff:1::/64", "trusted proxy 2001:db8:ffff::/48"],
  ["2001:db8::/32", "trusted proxy 2001:db8:ffff::/48"],
  ["192.0.2.5", "safelisted 192.0.2.0/28"],
  ["192.0.2.0/24", "safelisted 192.0.2.0/28"],
  ["2001:db8:5::/48", "safelisted 2001:db8:5::5"],
  ["203.0.113.9", "lock you out"],
  ["203.0.113.0/24", "lock you out"],
  ["203.0.113.10", "lock you out"],
  ["0.0.0.0/0", "lock you out"],
  ["::/0", "loopback"],
  ["8.0.0.0/15", "wider than /16"],
  ["8.0.0.0/8", "wider than /16"],
  ["2606::/31", "wider than /32"],
];

for (const [range, why] of REFUSED) {
  Deno.test(`${range} is refused: ${why}`, () => {
    const refusal = refusalFor(parseCidr(range), GUARDED) ?? "none";
    assert(refusal.startsWith("Cannot block "), refusal);
    assert(refusal.includes(why), refusal);
  });
}

for (
  const range of [
    "8.8.8.8",
    "8.8.0.0/16",
    "2606:4700::/32",
    "192.0.2.16/28",
    "192.0.2.200",
    "10.0.0.1",
    "203.0.113.8",
  ]
) {
  Deno.test(`${range} may be blocked`, () => {
    assertEquals(refusalFor(parseCidr(range), GUARDED), null);
  });
}

Deno.test("/0 and loopback are refused with nothing configured", () => {
  for (const range of ["0.0.0.0/0", "::/0", "127.0.0.1", "::1"]) {
    assert(refusalFor(parseCidr(range), {}));
  }
});
