const COMPARISON =
  /^(?:ipv[46]-addr:value|network-traffic:(?:src|dst)_ref\.value) ?(?:=|ISSUBSET|IN) ?(.*)$/i;
const TEXT = /^'([\da-f.:/]{2,64})'$/i;

/**
 * The addresses of a STIX pattern that says nothing else than that there is one of them; none where
 * it is not about addresses, and null where it says more than that.
 */
export function stixAddresses(pattern: string): string[] | null {
  if (!/ipv[46]-addr|_ref\.value/.test(pattern)) return [];
  if (pattern.length > 65_536) return null;
  const found: string[] = [];
  const words = pattern.trim().replace(/[[\]]/g, " ").split(/ +OR +/i);
  for (const word of words) {
    const [, value = ""] = COMPARISON.exec(word.trim().replace(/\s+/g, " ")) ??
      [];
    for (const part of value.replace(/^\((.*)\)$/, "$1").split(/ ?, ?/)) {
      const text = TEXT.exec(part.trim())?.[1];
      if (text === undefined) return null;
      found.push(text);
    }
  }
  return found;
}
