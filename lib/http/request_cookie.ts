/**
 * The value of a request's cookie, or null. Of two with one name the first counts, which is the one
 * with the more specific path (RFC 6265, section 5.4). Unlike std's getCookies it never throws:
 * other sites on this host, or an attacker, can put anything into the field.
 */
export function requestCookie(
  headers: Pick<Headers, "get">,
  name: string,
): string | null {
  const field = headers.get("cookie");
  if (field === null) return null;
  for (const pair of field.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) {
      return pair.slice(equals + 1).trim();
    }
  }
  return null;
}
