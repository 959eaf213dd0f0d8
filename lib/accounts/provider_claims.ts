/** What a provider says of somebody: claims of an ID token, or of its userinfo. */
export type Claims = Readonly<Record<string, unknown>>;

const MOST_ROLES = 1_000;

/**
 * A claim by its name, or by the way to it: `realm_access.roles`. A name may have dots itself, as
 * `https://example.org/roles` has.
 */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split(".")) {
    if (
      typeof value !== "object" || value === null || !Object.hasOwn(value, part)
    ) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}

/** A claim that is a text, or null. */
export function textClaim(claims: Claims, name: string): string | null {
  const value = claimOf(claims, name);
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** A claim that is a list of texts, or one text; null for whatever else. */
export function listClaim(claims: Claims, name: string): string[] | null {
  const value = claimOf(claims, name);
  if (typeof value === "string") return [value];
  return Array.isArray(value)
    ? value.slice(0, MOST_ROLES).filter((each) => typeof each === "string")
    : null;
}
