import { assertEquals } from "@std/assert";
import { createClientIp } from "../../lib/guard/client_ip.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { modelContains, modelIp, modelRange, modelText } from "../net/model.ts";
import { Random } from "../net/random.ts";

const TRUSTED = ["10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48"];
const RANGES = TRUSTED.map((text) => modelRange(text)!);
const GARBAGE = [
  "",
  "unknown",
  "_hidden",
  "1.2.3",
  "010.1.1.1",
  "::1%eth0",
  "a b",
  "256.1.1.1",
  "1.2.3.4.5",
  "<x>",
];

interface Hop {
  /** As a proxy could write it. */
  text: string;
  /** Null for garbage. */
  ip: string | null;
}

/** The rule, from the left: cut the chain at the last garbage, then strip trusted hops. */
function model(peer: string, hops: Hop[]): string {
  const garbage = hops.findLastIndex((hop) => hop.ip === null);
  const chain = hops.slice(garbage + 1).map((hop) => hop.ip!);
  const all = [...chain, peer];
  const untrusted = all.findLastIndex((ip) => !isTrusted(ip));
  return canonical(all[Math.max(untrusted, 0)]!);
}

function isTrusted(ip: string): boolean {
  return RANGES.some((range) => modelContains(range, modelIp(ip)!));
}

function canonical(ip: string): string {
  return modelText(modelIp(ip)!);
}

function address(random: Random): string {
  const kind = random.int(10);
  if (kind < 4) return `10.${random.int(256)}.0.${random.int(256)}`;
  if (kind === 4) return "192.0.2.1";
  if (kind === 5) return `2001:db8:ffff::${random.group()}`;
  if (kind === 6) return `::ffff:10.0.0.${random.int(256)}`;
  return random.ip();
}

function withPort(ip: string, random: Random): string {
  const v6 = ip.includes(":");
  const kind = random.int(4);
  if (kind === 0) return v6 ? `[${ip}]:${random.int(65_536)}` : `${ip}:8080`;
  return kind === 1 && v6 ? `[${ip}]` : ip;
}

function hop(random: Random): Hop {
  if (random.chance(0.15)) return { text: random.pick(GARBAGE), ip: null };
  const ip = address(random);
  return { text: withPort(ip, random), ip };
}

Deno.test("the client of 100,000 X-Forwarded-For chains is that of a slow model", () => {
  const random = new Random(3);
  const clientIp = createClientIp({
    trustedProxies: TRUSTED.map((text) => parseCidr(text)),
  });
  for (let i = 0; i < 100_000; i++) {
    const peer = random.chance(0.8) ? "10.0.0.1" : address(random);
    const hops = Array.from({ length: 1 + random.int(5) }, () => hop(random));
    const lines = [hops[0]!.text];
    for (const { text } of hops.slice(1)) {
      const blank = random.pick(["", " ", "\t", "  "]);
      if (random.chance(0.2)) lines.push(text);
      else lines[lines.length - 1] += `${blank},${blank}${text}`;
    }
    const headers = new Headers(
      lines.map((line): [string, string] => ["x-forwarded-for", line]),
    );
    const expected = model(peer, hops);
    assertEquals(clientIp(headers, peer), expected, JSON.stringify(lines));
    if (i % 50 === 0) {
      assertEquals(clientIp.explain(headers, peer).address, expected);
    }
  }
});

Deno.test("the client of 50,000 Forwarded chains is that of a slow model, whatever stands to the left", () => {
  const random = new Random(4);
  const clientIp = createClientIp({
    trustedProxies: TRUSTED.map((text) => parseCidr(text)),
    header: "forwarded",
  });
  for (let i = 0; i < 50_000; i++) {
    const hops = Array.from({ length: 1 + random.int(4) }, () => hop(random));
    let value = hops.map((hop) => element(hop.text, random)).join(
      random.pick([",", ", ", " , "]),
    );
    // A forged prefix, which counts as one hop of garbage unless an untrusted hop comes before it.
    let known = hops;
    if (random.chance(0.3)) {
      value = `${lie(random)}, ${value}`;
      known = [{ text: "", ip: null }, ...hops];
    }
    const headers = new Headers({ forwarded: value });
    assertEquals(
      clientIp(headers, "10.0.0.1"),
      model("10.0.0.1", known),
      value,
    );
  }
});

function element(node: string, random: Random): string {
  const isToken = /^[\w.]+$/.test(node);
  const value = isToken && random.chance(0.5) ? node : `"${node}"`;
  const name = random.pick(["for", "For", "FOR"]);
  const pairs = [`${name}=${value}`];
  if (random.chance(0.4)) pairs.push("proto=https");
  if (random.chance(0.2)) pairs.push('by="a,b;for=9.9.9.9"');
  if (random.chance(0.1)) pairs.push('x="\\", for=9.9.9.9, \\""');
  if (random.chance(0.3)) pairs.reverse();
  return pairs.join(";");
}

function lie(random: Random): string {
  return random.pick([
    'for="9.9.9.9',
    'for=9.9.9.9;by="',
    "for=9.9.9.9;;;=",
    '"',
    '\\"',
    'x="\\"',
    "9.9.9.9",
    "for=9.9.9.9;for=8.8.8.8",
  ]);
}
