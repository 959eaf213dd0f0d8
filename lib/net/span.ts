import { type Cidr } from "./cidr.ts";
import { type Ip, parseIp } from "./ip.ts";

/**
 * The smallest set of ranges with exactly the addresses from `first` to `last`, both included; null
 * if either is not an address, the families differ or the order is reversed.
 */
export function spanRanges(first: string, last: string): Cidr[] | null {
  const [from, to] = [parseIp(first), parseIp(last)];
  if (from === null || to === null || from.family !== to.family) return null;
  const { family } = from;
  const bits = family === 4 ? 32 : 128;
  let [at, end] = [numberOf(from), numberOf(to)];
  if (at > end) return null;
  const ranges: Cidr[] = [];
  while (at <= end) {
    let host = 0;
    while (host < bits) {
      const size = 1n << BigInt(host + 1);
      if (at % size !== 0n || at + size - 1n > end) break;
      host++;
    }
    ranges.push({ family, words: wordsOf(at, family), prefix: bits - host });
    at += 1n << BigInt(host);
  }
  return ranges;
}

function numberOf({ family, words }: Ip): bigint {
  if (family === 4) return BigInt(words[0]! >>> 0);
  return words.reduce((sum, word) => sum << 32n | BigInt(word >>> 0), 0n);
}

function wordsOf(value: bigint, family: 4 | 6): Int32Array {
  const words = new Int32Array(4);
  if (family === 4) words[0] = Number(BigInt.asIntN(32, value));
  else {
    for (let i = 3; i >= 0; i--) {
      words[i] = Number(BigInt.asIntN(32, value));
      value >>= 32n;
    }
  }
  return words;
}
