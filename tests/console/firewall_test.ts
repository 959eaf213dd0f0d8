import { assertEquals } from "@std/assert";
import {
  type FirewallFormat,
  firewallLines,
} from "../../lib/console/firewall.ts";
import { parseCidr } from "../../lib/net/cidr.ts";

const RANGES = ["203.0.113.9", "198.51.100.0/24", "2001:db8::/32"];

const CASES: [FirewallFormat, string[], string[]][] = [
  ["plain", RANGES, RANGES],
  ["plain", [], []],
  ["nginx", RANGES, [
    "deny 203.0.113.9;",
    "deny 198.51.100.0/24;",
    "deny 2001:db8::/32;",
  ]],
  ["nftables", RANGES, [
    "add table inet portcullis",
    "add set inet portcullis blocked_v4 { type ipv4_addr; flags interval; }",
    "flush set inet portcullis blocked_v4",
    "add element inet portcullis blocked_v4 {",
    "  203.0.113.9,",
    "  198.51.100.0/24,",
    "}",
    "add set inet portcullis blocked_v6 { type ipv6_addr; flags interval; }",
    "flush set inet portcullis blocked_v6",
    "add element inet portcullis blocked_v6 {",
    "  2001:db8::/32,",
    "}",
  ]],
  ["nftables", ["::/0"], [
    "add table inet portcullis",
    "add set inet portcullis blocked_v4 { type ipv4_addr; flags interval; }",
    "flush set inet portcullis blocked_v4",
    "add set inet portcullis blocked_v6 { type ipv6_addr; flags interval; }",
    "flush set inet portcullis blocked_v6",
    "add element inet portcullis blocked_v6 {",
    "  ::/1,",
    "  8000::/1,",
    "}",
  ]],
  ["ipset", ["0.0.0.0/0", "2001:db8::1"], [
    "create portcullis_v4 hash:net family inet maxelem 1048576 -exist",
    "create portcullis_v4_new hash:net family inet maxelem 1048576 -exist",
    "flush portcullis_v4_new",
    "add portcullis_v4_new 0.0.0.0/1",
    "add portcullis_v4_new 128.0.0.0/1",
    "swap portcullis_v4_new portcullis_v4",
    "destroy portcullis_v4_new",
    "create portcullis_v6 hash:net family inet6 maxelem 1048576 -exist",
    "create portcullis_v6_new hash:net family inet6 maxelem 1048576 -exist",
    "flush portcullis_v6_new",
    "add portcullis_v6_new 2001:db8::1",
    "swap portcullis_v6_new portcullis_v6",
    "destroy portcullis_v6_new",
  ]],
];

for (const [format, ranges, lines] of CASES) {
  Deno.test(`firewall: ${format} of ${ranges.join(", ") || "nothing"}`, () => {
    const parsed = ranges.map((text) => parseCidr(text));
    assertEquals(firewallLines(format, parsed), lines);
  });
}
