/**
 * A 53-bit hash of a text, for counting and for Bloom filters. Not keyed: an attacker who finds
 * collisions can only make an estimate slightly wrong.
 */
export function hash53(text: string): number {
  let a = 0x2545f491;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b + code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  const low = mix32(a ^ (b >>> 7));
  const high = mix32(b ^ low) >>> 11;
  return high * 0x1_0000_0000 + low;
}

/** Mixes 32 bits; every input bit changes half of the output bits. */
export function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
