/** The token of an `Authorization: Bearer` field (RFC 6750), or null. */
export function readBearerToken(headers: Pick<Headers, "get">): string | null {
  const field = headers.get("authorization");
  if (field === null) return null;
  return /^bearer +([\w~+/.-]{1,256}=*) *$/i.exec(field)?.[1] ?? null;
}
