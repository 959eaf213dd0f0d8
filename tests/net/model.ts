import { isIPv4, isIPv6 } from "node:net";

/** An address as one BigInt: the slow model that the fast code is compared with. */
export interface ModelIp {
  family: 4 | 6;
  value: bigint;
}

export interface ModelRange extends ModelIp {
  prefix: number;
}

/** Parses an address with the platform's parsers and regular expressions only. */
export function modelIp(text: string): ModelIp | null {
  const ip = modelUnfolded(text);
  return ip && ip.family === 6 ? folded({ ...ip, prefix: 128 }) : ip;
}

export function modelRange(text: string): ModelRange | null {
  const [address, digits, more] = text.split("/");
  const ip = modelUnfolded(address!);
  if (!ip || more !== undefined) return null;
  const bits = ip.family === 4 ? 32 : 128;
  if (digits !== undefined && !/^(0|[1-9][0-9]*)$/.test(digits)) return null;
  const prefix = digits === undefined ? bits : Number(digits);
  if (prefix > bits) return null;
  return masked(folded({ ...ip, prefix }));
}

export function modelContains(range: ModelRange, ip: ModelIp): boolean {
  return range.family === ip.family &&
    masked({ ...ip, prefix: range.prefix }).value === range.value;
}

/** RFC 5952 by the URL parser, whose serializer follows the same rules. */
export function modelText({ family, value }: ModelIp): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((by) => value >> by & 255n).join(".");
  }
  const hex = value.toString(16).padStart(32, "0").match(/.{4}/g)!.join(":");
  return new URL(`http://[${hex}]/`).hostname.slice(1, -1);
}

function modelUnfolded(text: string): ModelIp | null {
  if (isIPv4(text)) return { family: 4, value: dotted(text) };
  if (!isIPv6(text) || text.includes("%")) return null;
  let hex = text;
  const ipv4 = /[^:]*\.[^:]*$/.exec(text)?.[0];
  if (ipv4) {
    const tail = dotted(ipv4);
    hex = text.slice(0, -ipv4.length) +
      `${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  }
  const [head, rest] = hex.split("::").map((part) =>
    part.split(":").filter(Boolean)
  );
  const groups = rest === undefined ? head! : [
    ...head!,
    ...Array(8 - head!.length - rest.length).fill("0"),
    ...rest,
  ];
  const value = groups.reduce((sum, g) => sum << 16n | BigInt(`0x${g}`), 0n);
  return { family: 6, value };
}

function dotted(text: string): bigint {
  return text.split(".").reduce((sum, part) => sum << 8n | BigInt(part), 0n);
}

function folded(range: ModelRange): ModelRange {
  const block = range.value >> 32n;
  const embeds = block === 0xffffn || block === 0x64ff9bn << 64n;
  return range.family === 6 && range.prefix >= 96 && embeds
    ? {
      family: 4,
      value: range.value & 0xffffffffn,
      prefix: range.prefix - 96,
    }
    : range;
}

function masked(range: ModelRange): ModelRange {
  const host = BigInt((range.family === 4 ? 32 : 128) - range.prefix);
  return { ...range, value: range.value >> host << host };
}
