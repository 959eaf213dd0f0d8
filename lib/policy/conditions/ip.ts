import {
  type Cidr,
  covers,
  formatCidr,
  isSingle,
  maskInto,
  readCidr,
} from "../../net/cidr.ts";
import { readIp } from "../../net/ip.ts";
import { uncovered } from "../../net/range_set.ts";
import { choice, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";

const readRange: ReadValue<Cidr> = (node) => {
  const range = node.kind === "string" ? readCidr(node.value) : null;
  return range ?? wrong("an IP address or CIDR range", node);
};

/** Addresses and ranges. */
export const ip: Condition<Cidr[]> = choice({
  read: readRange,
  schema: { type: "string" },
  compile(ranges) {
    const has = rangeTest(ranges);
    return ({ ip }) => has(ip);
  },
  cost: 4,
  inLog: "address",
  covers: (outer, inner) => covers(outer, inner),
  before: "from",
  named: formatCidr,
  help: "addresses and CIDR ranges",
});

/** A cache: many rules check the same address, which is parsed once; its networks by prefix. */
const asked = {
  ip: "",
  family: 0,
  words: new Int32Array(4),
  networks: new Map<number, string>(),
};
const masked = new Int32Array(4);

function familyOf(ip: string): number {
  if (ip !== asked.ip) {
    asked.family = readIp(ip, asked.words);
    asked.ip = ip;
    asked.networks.clear();
  }
  return asked.family;
}

/** The network of the cached address. */
function networkKey(prefix: number): string {
  let key = asked.networks.get(prefix);
  if (key === undefined) {
    maskInto(asked.words, prefix, masked);
    asked.networks.set(prefix, key = wordsKey(masked));
  }
  return key;
}

/**
 * One set for each prefix length: the cost does not grow with the number of ranges. Addresses are
 * in canonical form, so single ones are compared as text.
 */
function rangeTest(ranges: readonly Cidr[]): (ip: string) => boolean {
  const singles = new Set(ranges.filter(isSingle).map(formatCidr));
  const layers: { family: 4 | 6; prefix: number; texts: Set<string> }[] = [];
  for (const range of uncovered(ranges)) {
    if (isSingle(range)) continue;
    const { family, prefix } = range;
    let layer = layers.find((each) =>
      each.family === family && each.prefix === prefix
    );
    if (layer === undefined) {
      layers.push(layer = { family, prefix, texts: new Set() });
    }
    layer.texts.add(wordsKey(range.words));
  }
  return function inRanges(ip) {
    if (singles.has(ip)) return true;
    if (layers.length === 0) return false;
    const family = familyOf(ip);
    for (const layer of layers) {
      if (layer.family !== family) continue;
      if (layer.texts.has(networkKey(layer.prefix))) return true;
    }
    return false;
  };
}

function wordsKey(words: Int32Array): string {
  return `${words[0]},${words[1]},${words[2]},${words[3]}`;
}
