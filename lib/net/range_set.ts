import { type Cidr, cidrOf, covers } from "./cidr.ts";

/**
 * The smallest set of these ranges with the same addresses, IPv4 before IPv6, each ordered by
 * address: ranges covered by another are left out.
 */
export function uncovered(ranges: Iterable<Cidr>): Cidr[] {
  const kept: Cidr[] = [];
  for (const range of [...ranges].sort(compareCidr)) {
    const last = kept.at(-1);
    if (!last || !covers(last, range)) kept.push(range);
  }
  return kept;
}

/**
 * Ranges, ordered as by {@linkcode uncovered}, with every address of `ranges` that is not in
 * `holes`. A range around a hole is split, into up to one range for each bit between the two.
 */
export function without(
  ranges: Iterable<Cidr>,
  holes: Iterable<Cidr>,
): Cidr[] {
  const gaps = uncovered(holes);
  const left: Cidr[] = [];
  let next = 0;
  for (const range of uncovered(ranges)) {
    while (next < gaps.length && compareCidr(gaps[next]!, range) <= 0) next++;
    const before = gaps[next - 1];
    if (before && covers(before, range)) continue;
    const inside: Cidr[] = [];
    for (let i = next; i < gaps.length && covers(range, gaps[i]!); i++) {
      inside.push(gaps[i]!);
    }
    carve(range, inside, left);
  }
  return left;
}

/** The two halves of a range. */
export function halves(range: Cidr): [Cidr, Cidr] {
  const { family, words, prefix } = range;
  const upper = words.slice();
  // An IPv4 address is in the first of the four words.
  upper[prefix >> 5]! |= 1 << 31 - (prefix & 31);
  return [
    cidrOf({ family, words }, prefix + 1),
    cidrOf({ family, words: upper }, prefix + 1),
  ];
}

/** Orders by family, first address, and the wider range first. */
function compareCidr(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family - b.family;
  for (let i = 0; i < 4; i++) {
    const difference = (a.words[i]! >>> 0) - (b.words[i]! >>> 0);
    if (difference !== 0) return difference;
  }
  return a.prefix - b.prefix;
}

function carve(range: Cidr, holes: readonly Cidr[], left: Cidr[]): void {
  if (holes.length === 0) {
    left.push(range);
  } else if (!covers(holes[0]!, range)) {
    for (const half of halves(range)) {
      carve(half, holes.filter((hole) => covers(half, hole)), left);
    }
  }
}
