/** The subjects with a page of their own, besides addresses. */
export const ABOUT_KINDS = [
  "asn",
  "path",
  "user_agent",
  "username",
  "referrer",
  "country",
  "bot",
  "browser",
  "system",
  "visitor",
  "operator",
  "host",
] as const;

export type AboutKind = typeof ABOUT_KINDS[number];

/** A link to the page about an operator, a path, a user agent, an account and the like. */
export function aboutPath(
  kind: AboutKind,
  value: string,
  range: Record<string, string> = {},
): string {
  const query = new URLSearchParams({ [kind]: value, ...range }).toString();
  return `/admin/about?${query.replaceAll("%3A", ":")}`;
}
