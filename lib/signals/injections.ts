import { ofPath } from "./path.ts";
import { BIT } from "./signal.ts";

/** What kind of attack a path carries, in the words of a finding. */
export type Injection = "traversal" | "SQL" | "script" | "template" | "shell";

const KINDS: readonly [Injection, number][] = [
  ["traversal", BIT.lfi | BIT.rfi],
  ["SQL", BIT.sqli],
  ["script", BIT.xss],
  ["template", BIT.code | BIT.jndi],
  ["shell", BIT.rce],
];

/**
 * What kind of injection a path holds, or null; the same recognisers tell that judge requests when
 * they arrive. A path's first kind counts where it has several.
 */
export function injectionIn(path: string): Injection | null {
  const found = ofPath(path);
  if (found === 0) return null;
  return KINDS.find(([, signals]) => (found & signals) !== 0)?.[0] ?? null;
}
