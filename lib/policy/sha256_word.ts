/**
 * The first 32 bits of SHA-256 (FIPS 180-4) of a text of at most 55 ASCII characters, which fits
 * into one block.
 *
 * It is self-contained, and without types inside, for two reasons. A browser on plain http has no
 * `crypto.subtle`, so the challenge's page contains this function's own source. And on the server a
 * call of `node:crypto` costs ten times as much, and a solution takes eight.
 */
export function createSha256Word(): (text: string) => number {
  const K = new Int32Array(64);
  const H = new Int32Array(8);
  // The first 32 bits of the fractions of the roots of the first primes.
  const bits = (x: number) => (x - Math.floor(x)) * 4294967296 | 0;
  for (let n = 2, count = 0; count < 64; n++) {
    let prime = true;
    for (let i = 2; i * i <= n; i++) {
      if (n % i === 0) prime = false;
    }
    if (!prime) continue;
    if (count < 8) H[count] = bits(Math.sqrt(n));
    K[count++] = bits(Math.cbrt(n));
  }
  const w = new Int32Array(64);
  return function sha256Word(text) {
    const size = text.length;
    for (let i = 0; i < 16; i++) w[i] = 0;
    for (let i = 0; i < size; i++) {
      w[i >> 2]! |= text.charCodeAt(i) << 24 - 8 * (i & 3);
    }
    w[size >> 2]! |= 128 << 24 - 8 * (size & 3);
    w[15] = 8 * size;
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      w[i] = w[i - 16]! + w[i - 7]! +
          ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
          ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
    }
    let a = H[0]!;
    let b = H[1]!;
    let c = H[2]!;
    let d = H[3]!;
    let e = H[4]!;
    let f = H[5]!;
    let g = H[6]!;
    let h = H[7]!;
    for (let i = 0; i < 64; i++) {
      const t = h +
          ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
          (e & f ^ ~e & g) + K[i]! + w[i]! | 0;
      const u =
        ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) +
          (a & b ^ a & c ^ b & c) | 0;
      h = g;
      g = f;
      f = e;
      e = d + t | 0;
      d = c;
      c = b;
      b = a;
      a = t + u | 0;
    }
    return a + H[0]! >>> 0;
  };
}
