import { assertEquals } from "@std/assert";
import { parseCidr } from "../../lib/net/cidr.ts";
import {
  isWithinNetwork,
  networkAddressOf,
  networkOf,
} from "../../lib/net/network.ts";

Deno.test("networkOf() and networkAddressOf(): the /24 of an IPv4 address, the /48 of an IPv6 one", () => {
  const table: [
    address: string,
    network: string | null,
    first: string | null,
  ][] = [
    ["203.0.113.9", "203.0.113.0/24", "203.0.113.0"],
    ["255.255.255.255", "255.255.255.0/24", "255.255.255.0"],
    ["::ffff:203.0.113.9", "203.0.113.0/24", "203.0.113.0"],
    ["2001:db8:7:1::9", "2001:db8:7::/48", "2001:db8:7::"],
    ["2001:DB8:7::", "2001:db8:7::/48", "2001:db8:7::"],
    ["::1", "::/48", "::"],
    ["203.0.113", null, null],
    ["203.0.113.0/24", null, null],
    ["", null, null],
    ["h_9f2c", null, null],
  ];
  for (const [address, network, first] of table) {
    assertEquals(networkOf(address), network, address);
    assertEquals(networkAddressOf(address), first, address);
  }
});

Deno.test("isWithinNetwork(): what is narrower than a /24 or a /48", () => {
  const table: [range: string, within: boolean][] = [
    ["203.0.113.9", true],
    ["203.0.113.0/25", true],
    ["203.0.113.0/24", false],
    ["10.0.0.0/8", false],
    ["2001:db8:7::/49", true],
    ["2001:db8:7::/48", false],
  ];
  for (const [range, within] of table) {
    assertEquals(isWithinNetwork(parseCidr(range)), within, range);
  }
});
