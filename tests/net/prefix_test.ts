import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { limitSubject } from "../../lib/net/prefix.ts";

Deno.test("two addresses in one /64 are one subject, two /64s are not", () => {
  const one = limitSubject("2001:db8:1:2::1", 64);
  assertEquals(limitSubject("2001:DB8:1:2:ffff::9", 64), one);
  assertEquals(one, "2001:db8:1:2::/64");
  assertNotEquals(limitSubject("2001:db8:1:3::1", 64), one);
});

Deno.test("the prefix is configurable", () => {
  assertEquals(limitSubject("2001:db8:1:2ff::1", 56), "2001:db8:1:200::/56");
  assertEquals(limitSubject("2001:db8:1:2ff::1", 48), "2001:db8:1::/48");
  assertEquals(limitSubject("2001:db8::1", 128), "2001:db8::1");
  assertEquals(limitSubject("2001:db8::1", 0), "::/0");
});

Deno.test("IPv4 in any spelling is its own subject", () => {
  for (const ip of ["1.2.3.4", "::ffff:1.2.3.4", "64:ff9b::102:304"]) {
    assertEquals(limitSubject(ip, 64), "1.2.3.4");
  }
});

Deno.test("limitSubject() refuses what is no address", () => {
  assertThrows(
    () => limitSubject("unknown", 64),
    TypeError,
    'Cannot limit "unknown": expected an IP address',
  );
});
