import { type Cidr, formatCidr } from "../net/cidr.ts";
import { halves } from "../net/range_set.ts";

/** The formats of an exported blocklist. */
export const FIREWALL_FORMATS = [
  "plain",
  "nginx",
  "nftables",
  "ipset",
] as const;

/** One of {@linkcode FIREWALL_FORMATS}. */
export type FirewallFormat = typeof FIREWALL_FORMATS[number];

/** The limit of elements, which ipset does not reserve; another number would be another set. */
const IPSET_MAX = 1_048_576;

/**
 * The lines, without line ends, that make a firewall block exactly these ranges: loading them again
 * replaces the previous ones atomically.
 *
 * - `plain`: one address or range per line
 * - `nginx`: `deny …;`, to be included
 * - `nftables`: sets `blocked_v4` and `blocked_v6` of table `inet portcullis`, for `nft -f`; rules
 *   of the same table stay
 * - `ipset`: sets `portcullis_v4` and `portcullis_v6`, for `ipset restore`
 */
export function firewallLines(
  format: FirewallFormat,
  ranges: readonly Cidr[],
): string[] {
  const v4 = ranges.filter(({ family }) => family === 4);
  const v6 = ranges.filter(({ family }) => family === 6);
  switch (format) {
    case "plain":
      return ranges.map(formatCidr);
    case "nginx":
      return ranges.map((range) => `deny ${formatCidr(range)};`);
    case "nftables":
      return [
        "add table inet portcullis",
        ...nftablesSet("blocked_v4", "ipv4_addr", v4),
        ...nftablesSet("blocked_v6", "ipv6_addr", v6),
      ];
    case "ipset":
      return [
        ...ipsetSet("portcullis_v4", "inet", v4),
        ...ipsetSet("portcullis_v6", "inet6", v6),
      ];
  }
}

function nftablesSet(
  name: string,
  type: string,
  ranges: readonly Cidr[],
): string[] {
  const set = `inet portcullis ${name}`;
  const elements = splitAll(ranges).map((text) => `  ${text},`);
  return [
    `add set ${set} { type ${type}; flags interval; }`,
    `flush set ${set}`,
    ...elements.length === 0 ? [] : [`add element ${set} {`, ...elements, "}"],
  ];
}

function ipsetSet(
  name: string,
  family: string,
  ranges: readonly Cidr[],
): string[] {
  const elements = splitAll(ranges);
  const how = `hash:net family ${family} maxelem ${
    Math.max(IPSET_MAX, 2 ** Math.ceil(Math.log2(elements.length + 1)))
  }`;
  return [
    `create ${name} ${how} -exist`,
    `create ${name}_new ${how} -exist`,
    `flush ${name}_new`,
    ...elements.map((text) => `add ${name}_new ${text}`),
    `swap ${name}_new ${name}`,
    `destroy ${name}_new`,
  ];
}

/** ipset has no /0 prefix, nor have some versions of nftables. */
function splitAll(ranges: readonly Cidr[]): string[] {
  return ranges.flatMap((range) => range.prefix === 0 ? halves(range) : [range])
    .map(formatCidr);
}
