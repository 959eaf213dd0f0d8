/** The supported content codings, the preferred one first. */
export const ENCODINGS = ["br", "gzip"] as const;

/** See {@linkcode ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number];

/**
 * The coding of {@linkcode ENCODINGS} that a client prefers (RFC 9110, section 12.5.3); null if it
 * accepts none of them, or has not sent the field.
 *
 * @example
 * ```ts
 * import { acceptedEncoding } from "./accept_encoding.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(acceptedEncoding("gzip, deflate, br"), "br");
 * assertEquals(acceptedEncoding("br;q=0.1, gzip"), "gzip");
 * assertEquals(acceptedEncoding("identity"), null);
 * ```
 */
export function acceptedEncoding(field: string | null): Encoding | null {
  if (field === null) return null;
  const weights = new Map<string, number>();
  for (const item of field.toLowerCase().split(",", 32)) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim());
    weights.set(name!, weightOf(parameters));
  }
  let best: Encoding | null = null;
  let most = 0;
  for (const encoding of ENCODINGS) {
    const weight = weights.get(encoding) ?? weights.get("*") ?? 0;
    if (weight > most) [best, most] = [encoding, weight];
  }
  return best;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const weight = /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1];
    if (weight !== undefined) return Math.min(1, Number(weight));
  }
  return 1;
}
