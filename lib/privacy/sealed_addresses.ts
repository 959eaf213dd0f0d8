/**
 * Whole addresses beside the stored forms of a block, sealed: `<number> <address>` a line. Detection
 * counts by them while their key is held, so that no rotation of the hashes' key, and no hash, hides
 * anybody from a rule.
 *
 * @module
 */
import type { Sealed } from "./seal.ts";

/** As a text to be sealed. */
export function sealedText(addresses: ReadonlyMap<number, string>): string {
  let text = "";
  for (const [place, ip] of addresses) text += `${place} ${ip}\n`;
  return text;
}

/** A block's strings with whole addresses where they can still be read. */
export function withAddresses<
  B extends { strings: string[]; sealed?: Sealed },
>(
  block: B,
  unseal: (sealed: Sealed | undefined) => string | null,
): B {
  const text = unseal(block.sealed);
  if (text === null) return block;
  const strings = block.strings.slice();
  for (const [place, ip] of linesOf(text)) {
    if (place < strings.length) strings[place] = ip;
  }
  return { ...block, strings };
}

/** What {@linkcode sealedText} was made of. */
export function* linesOf(text: string): Generator<[place: number, ip: string]> {
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) yield [Number(line.slice(0, blank)), line.slice(blank + 1)];
  }
}
