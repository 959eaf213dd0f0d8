import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type ClientIpOptions,
  createClientIp,
} from "../../lib/guard/client_ip.ts";
import { parseCidr } from "../../lib/net/cidr.ts";

const PROXY = "10.0.0.1";

function clientIp(
  { trusted = ["10.0.0.0/8", "2001:db8:ffff::/48"], ...options }:
    & { trusted?: string[] }
    & ClientIpOptions = {},
) {
  return createClientIp({
    trustedProxies: trusted.map((text) => parseCidr(text)),
    ...options,
  });
}

function xff(...lines: string[]): Headers {
  return new Headers(
    lines.map((line): [string, string] => ["x-forwarded-for", line]),
  );
}

Deno.test("without trusted proxies the client is the socket's peer", () => {
  const ip = createClientIp();
  assertEquals(ip(xff("1.2.3.4"), "203.0.113.9"), "203.0.113.9");
  assertEquals(ip(xff("1.2.3.4"), "127.0.0.1"), "127.0.0.1");
  assertEquals(ip(new Headers(), "203.0.113.9"), "203.0.113.9");
});

Deno.test("the first untrusted hop from the right is the client", () => {
  const ip = clientIp();
  assertEquals(ip(xff("127.0.0.1, 203.0.113.9"), PROXY), "203.0.113.9");
  for (let i = 0; i < 256; i++) {
    const headers = xff(`198.51.100.${i}, 203.0.113.9, 10.0.0.7`);
    assertEquals(ip(headers, PROXY), "203.0.113.9");
  }
});

Deno.test("an untrusted peer's header is ignored, with one warning", () => {
  const warnings: string[] = [];
  const ip = clientIp({
    onIgnored: (peer, header) => warnings.push(`${peer} ${header}`),
  });
  for (let i = 0; i < 2_000; i++) {
    assertEquals(ip(xff("1.2.3.4"), "203.0.113.9"), "203.0.113.9");
  }
  assertEquals(warnings, ["203.0.113.9 x-forwarded-for"]);
});

Deno.test("the warning also comes when the header arrives late", () => {
  let warnings = 0;
  const ip = clientIp({ trusted: [], onIgnored: () => warnings++ });
  for (let i = 0; i < 100; i++) ip(new Headers(), PROXY);
  assertEquals(warnings, 0);
  for (let i = 0; i < 1_000; i++) ip(xff("1.2.3.4"), PROXY);
  assertEquals(warnings, 1);
});

Deno.test("a trusted peer is no cause for a warning", () => {
  let warnings = 0;
  const ip = clientIp({ onIgnored: () => warnings++ });
  ip(xff("1.2.3.4"), PROXY);
  ip(new Headers(), "203.0.113.9");
  assertEquals(warnings, 0);
});

const CHAINS: [why: string, lines: string[], client: string][] = [
  ["lines are joined in order", ["9.9.9.9", "8.8.8.8"], "8.8.8.8"],
  ["the walk crosses lines", ["8.8.8.8", "10.0.0.2"], "8.8.8.8"],
  ["the whole chain is trusted", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"],
  ["garbage ends the walk", ["8.8.8.8, evil, 10.0.0.2"], "10.0.0.2"],
  ["an empty hop ends the walk", ["8.8.8.8,, 10.0.0.2"], "10.0.0.2"],
  ["a leading comma", [",10.0.0.2"], "10.0.0.2"],
  ["a trailing comma leaves the peer", ["8.8.8.8,"], PROXY],
  ["an empty header leaves the peer", [""], PROXY],
  ["only commas leave the peer", [",,,"], PROXY],
  ["garbage alone leaves the peer", ["<script>"], PROXY],
  ["unknown leaves the peer", ["8.8.8.8, unknown"], PROXY],
  ["a huge hop leaves the peer", ["1".repeat(10_000)], PROXY],
  ["blanks and tabs around hops", ["  8.8.8.8 \t,\t 10.0.0.2 "], "8.8.8.8"],
  ["trusted by IPv6 range", ["8.8.8.8, 2001:db8:ffff::2"], "8.8.8.8"],
  ["trusted in mapped spelling", ["8.8.8.8, ::ffff:10.0.0.2"], "8.8.8.8"],
  ["octal is garbage", ["010.0.0.1"], PROXY],
  ["a zone is garbage", ["fe80::1%eth0"], PROXY],
];

for (const [why, lines, client] of CHAINS) {
  Deno.test(`X-Forwarded-For: ${why}`, () => {
    assertEquals(clientIp()(xff(...lines), PROXY), client);
  });
}

Deno.test("a chain of 10,000 hops is walked in linear time", () => {
  const ip = clientIp();
  const hops = Array(10_000).fill("10.0.0.1").join(", ");
  const before = performance.now();
  assertEquals(ip(xff(hops), PROXY), "10.0.0.1");
  assert(performance.now() - before < 500);
});

const FORWARDED: [why: string, value: string, client: string][] = [
  [
    "a plain address",
    "for=192.0.2.60;proto=http;by=203.0.113.43",
    "192.0.2.60",
  ],
  [
    "brackets, quotes and a port",
    'for="[2001:db8::1]:443";proto=https',
    "2001:db8::1",
  ],
  [
    "a hidden hop ends the walk",
    'for="[2001:db8::1]:443";proto=https, for=_hidden',
    PROXY,
  ],
  ["a hidden hop behind a proxy", "for=_hidden, for=10.0.0.2", "10.0.0.2"],
  ["unknown", "for=unknown", PROXY],
  ["upper-case names", "For=192.0.2.60;Proto=HTTP", "192.0.2.60"],
  [
    "for in any place",
    'proto=https;by=10.0.0.9;for="192.0.2.60"',
    "192.0.2.60",
  ],
  ["an IPv4 port in quotes", 'for="192.0.2.60:4711"', "192.0.2.60"],
  ["an IPv4 port without quotes", "for=192.0.2.60:4711", "192.0.2.60"],
  ["a hidden port", 'for="192.0.2.60:_p.1-x"', "192.0.2.60"],
  ["blanks around semicolons", "for=192.0.2.60 ; proto=http", "192.0.2.60"],
  ["empty pairs", ";;for=192.0.2.60;", "192.0.2.60"],
  ["the walk over a proxy", "for=192.0.2.60, for=10.0.0.2", "192.0.2.60"],
  ["no for at all", "for=192.0.2.60, proto=https", PROXY],
  ["two fors in one hop", "for=192.0.2.60;for=192.0.2.61", PROXY],
  [
    "a comma within quotes",
    'for=192.0.2.60;ext="a, for=9.9.9.9"',
    "192.0.2.60",
  ],
  [
    "an escaped quote within quotes",
    'for=192.0.2.60;ext="a\\", for=9.9.9.9;b=\\""',
    "192.0.2.60",
  ],
  ["an escape within the address", 'for="192.0.2\\.60"', "192.0.2.60"],
  [
    "an escaped backslash ends no quote",
    'for=9.9.9.9, for=192.0.2.60;ext="\\\\"',
    "192.0.2.60",
  ],
  ["an open quote to the left", 'for="9.9.9.9, for=192.0.2.60', "192.0.2.60"],
  [
    "an open quote with a by to the left",
    'for=9.9.9.9;by=", for=192.0.2.60;by="10.0.0.1"',
    "192.0.2.60",
  ],
  ["an open quote to the right", 'for=192.0.2.60, for="10.0.0.2', PROXY],
  ["no equals sign", "192.0.2.60", PROXY],
  ["an empty value", "for=", PROXY],
  ["empty quotes", 'for=""', PROXY],
  ["text after the quotes", 'for="192.0.2.60"x', PROXY],
  ["blanks around the equals sign", "for = 192.0.2.60", PROXY],
  [
    "IPv6 without brackets, as some send it",
    'for="2001:db8::1"',
    "2001:db8::1",
  ],
  ["IPv4 in brackets", 'for="[192.0.2.60]"', PROXY],
  ["an open bracket", 'for="[2001:db8::1"', PROXY],
  ["10,000 quotes", '"'.repeat(10_000), PROXY],
  ["10,000 backslashes and a quote", "\\".repeat(10_000) + '"', PROXY],
];

for (const [why, value, client] of FORWARDED) {
  Deno.test(`Forwarded: ${why}`, () => {
    const ip = clientIp({ header: "forwarded" });
    assertEquals(ip(new Headers({ forwarded: value }), PROXY), client);
    assertEquals(
      ip.explain(new Headers({ forwarded: value }), PROXY).address,
      client,
    );
  });
}

Deno.test("of two headers only the configured one is read", () => {
  const headers = new Headers({
    "x-forwarded-for": "1.1.1.1",
    forwarded: "for=2.2.2.2",
  });
  assertEquals(clientIp()(headers, PROXY), "1.1.1.1");
  assertEquals(clientIp({ header: "Forwarded" })(headers, PROXY), "2.2.2.2");
  assertEquals(clientIp({ header: "x-real-ip" })(headers, PROXY), PROXY);
});

Deno.test("Forwarded: 60 kB of blanks are refused at once", () => {
  const value = `for=192.0.2.60;${" ".repeat(60_000)}"a";`;
  const before = performance.now();
  const ip = clientIp({ header: "forwarded" });
  assertEquals(ip(new Headers({ forwarded: value }), PROXY), PROXY);
  assert(performance.now() - before < 500);
});

const NODES: [hop: string, client: string][] = [
  ["203.0.113.9:51712", "203.0.113.9"],
  ["203.0.113.9:51713", "203.0.113.9"],
  ["[2001:db8::1]:51712", "2001:db8::1"],
  ["[2001:DB8:0::1]", "2001:db8::1"],
  ["2001:db8::1", "2001:db8::1"],
  ['"203.0.113.9"', "203.0.113.9"],
  ['"[2001:db8::1]:443"', "2001:db8::1"],
  ["[::ffff:203.0.113.9]:443", "203.0.113.9"],
  ["203.0.113.9:", PROXY],
  ["203.0.113.9:999999", PROXY],
  ["203.0.113.9:80:80", PROXY],
  ["203.0.113.9:http", PROXY],
  ["[2001:db8::1]443", PROXY],
  ["[2001:db8::1]:", PROXY],
  ["[[2001:db8::1]]", PROXY],
  ["[]", PROXY],
  ["[", PROXY],
  ["]", PROXY],
  ['"', PROXY],
  ['"203.0.113.9', PROXY],
  ["203.0.113.9 198.51.100.1", PROXY],
];

for (const [hop, client] of NODES) {
  Deno.test(`the hop ${hop} is ${client}`, () => {
    assertEquals(clientIp()(xff(hop), PROXY), client);
  });
}

Deno.test("vendors' headers are ignored unless configured", () => {
  const names = ["cf-connecting-ip", "true-client-ip", "x-real-ip"];
  const headers = new Headers(
    names.map((name): [string, string] => [name, "1.2.3.4"]),
  );
  assertEquals(clientIp()(headers, PROXY), PROXY);
  for (const header of names) {
    const ip = clientIp({ header });
    assertEquals(ip(headers, PROXY), "1.2.3.4");
    assertEquals(ip(headers, "203.0.113.9"), "203.0.113.9");
  }
});

for (
  const value of ["1.2.3.4, 5.6.7.8", "1.2.3.4,", "unknown", "", "1.2.3", "a=b"]
) {
  Deno.test(`a single-value header of ${JSON.stringify(value)} leaves the peer`, () => {
    const ip = clientIp({ header: "cf-connecting-ip" });
    assertEquals(ip(new Headers({ "cf-connecting-ip": value }), PROXY), PROXY);
  });
}

Deno.test("two lines of a single-value header leave the peer", () => {
  const headers = new Headers([["x-real-ip", "1.2.3.4"], [
    "x-real-ip",
    "5.6.7.8",
  ]]);
  assertEquals(clientIp({ header: "x-real-ip" })(headers, PROXY), PROXY);
});

Deno.test("mapped and plain spellings are one client", () => {
  const ip = clientIp({ trusted: ["10.0.0.1"] });
  for (const text of ["1.2.3.4", "::ffff:1.2.3.4", "::ffff:102:304"]) {
    assertEquals(ip(new Headers(), text), "1.2.3.4");
    assertEquals(ip(xff(text), "::ffff:10.0.0.1"), "1.2.3.4");
  }
  assertEquals(ip(new Headers(), "2001:db8::1.2.3.4"), "2001:db8::102:304");
});

for (
  const peer of [undefined, "", "/run/portcullis.sock", "@abstract", "\0x"]
) {
  Deno.test(`a peer of ${JSON.stringify(peer)} counts as 127.0.0.1`, () => {
    assertEquals(createClientIp()(xff("1.2.3.4"), peer), "127.0.0.1");
    const behind = clientIp({ trusted: ["127.0.0.1"] });
    assertEquals(behind(xff("1.2.3.4"), peer), "1.2.3.4");
  });
}

Deno.test("createClientIp() remembers a bounded number of peers rightly", () => {
  const ip = clientIp();
  for (let i = 0; i < 20_000; i++) {
    const peer = `2001:db8::${(i % 10_000).toString(16)}`;
    assertEquals(ip(xff("1.2.3.4"), peer), i % 10_000 ? peer : "2001:db8::");
    assertEquals(ip(xff("1.2.3.4"), PROXY), "1.2.3.4");
  }
});

for (const header of ["", "x forwarded", "x:y", "x\n", "é"]) {
  Deno.test(`createClientIp() refuses the header name ${JSON.stringify(header)}`, () => {
    assertThrows(
      () => createClientIp({ header }),
      TypeError,
      "expected a header name",
    );
  });
}

Deno.test("explain() says why for every hop", () => {
  const explained = clientIp().explain(
    xff("evil, 9.9.9.9, 203.0.113.9:80", "10.0.0.2"),
    PROXY,
  );
  assertEquals(explained.address, "203.0.113.9");
  assertEquals(explained.peer.trusted, true);
  assertEquals(explained.header, "x-forwarded-for");
  assertEquals(
    explained.hops.map(({ text, address, trusted, chosen }) => [
      text,
      address,
      trusted,
      chosen,
    ]),
    [
      ["evil", null, false, false],
      ["9.9.9.9", null, false, false],
      ["203.0.113.9:80", "203.0.113.9", false, true],
      ["10.0.0.2", "10.0.0.2", true, false],
    ],
  );
  assert(explained.hops.every(({ why }) => why.length > 10));
  assertEquals(explained.hints, []);
});

const HINTS: [
  why: string,
  headers: Record<string, string>,
  peer: string,
  hint: string,
][] = [
  [
    "an untrusted peer forwards",
    { "x-forwarded-for": "1.2.3.4" },
    "192.168.0.2",
    "forwarding headers arrived from an untrusted peer 192.168.0.2; if that is your proxy, set TRUSTED_PROXIES=192.168.0.2",
  ],
  [
    "an untrusted peer sends another header",
    { "x-real-ip": "1.2.3.4" },
    "192.168.0.2",
    "set TRUSTED_PROXIES=192.168.0.2",
  ],
  [
    "the proxy sets another header",
    { forwarded: "for=1.2.3.4" },
    PROXY,
    "set CLIENT_IP_HEADER=forwarded",
  ],
  ["the proxy sends nothing", {}, PROXY, "all of its clients count as one"],
  [
    "the last hop is garbage",
    { "x-forwarded-for": "1.2.3.4, x" },
    PROXY,
    "is not an address",
  ],
  [
    "everything is trusted",
    { "x-forwarded-for": "10.9.9.9" },
    PROXY,
    "wider than your proxies",
  ],
];

for (const [why, headers, peer, hint] of HINTS) {
  Deno.test(`explain() hints where ${why}`, () => {
    const { hints } = clientIp().explain(new Headers(headers), peer);
    assertEquals(hints.length, 1);
    assert(hints[0]!.includes(hint), hints[0]);
  });
}

Deno.test("explain() has no hint for a direct visitor", () => {
  const explained = createClientIp().explain(new Headers(), "203.0.113.9");
  assertEquals(explained.hints, []);
  assertEquals(explained.hops, []);
  assertEquals(explained.value, null);
});

Deno.test("explain() stays small whatever is sent", () => {
  const { hops, value } = clientIp().explain(xff("x,".repeat(50_000)), PROXY);
  assertEquals(hops.length, 20);
  assertEquals(value?.length, 1_000);
});
