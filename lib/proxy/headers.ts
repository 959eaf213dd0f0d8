/**
 * What a proxy changes in a message's fields: nothing that belongs to one connection passes
 * (RFC 9110, section 7.6.1), and the upstream is told the truth about who asked.
 *
 * @module
 */

/** Fields as `node:http` takes them. */
export type Fields = Record<string, string | string[]>;

/** These belong to one connection, as does whatever `Connection` names. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Fields that apps believe about the client's address; no stranger may set them. */
const CLIENT_ADDRESS = new Set([
  "cf-connecting-ip",
  "fastly-client-ip",
  "forwarded",
  "true-client-ip",
  "via",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-forwarded-for",
  "x-real-ip",
]);

/** How a request reached us. */
export interface Arrival {
  /** The address at the other end of the connection; empty for a unix socket. */
  peer: string;
  /** Whether what the peer says about forwarding is believed. */
  trusted: boolean;
  /** The client's address, as the guard found it. */
  client: string;
  /** The scheme that the client used, where it is known. */
  scheme: "http" | "https" | null;
  /** A header of one address that trusted peers set, such as `cf-connecting-ip`. */
  clientIpHeader: string;
}

/** The fields of one connection: the fixed ones, and those that `Connection` names. */
export function connectionFields(connection: string | null): Set<string> {
  if (!connection) return HOP_BY_HOP;
  const names = new Set(HOP_BY_HOP);
  for (const name of connection.split(",")) {
    names.add(name.trim().toLowerCase());
  }
  return names;
}

/**
 * The fields that go to the upstream with a request.
 *
 * @param host The `Host` to send.
 */
export function requestFields(
  headers: Headers,
  arrival: Arrival,
  host: string,
): Fields {
  const dropped = connectionFields(headers.get("connection"));
  const fields: Fields = {};
  for (const [name, value] of headers) {
    // The server in front has answered `Expect` by itself.
    if (dropped.has(name) || name === "host" || name === "expect") continue;
    // CGI and WSGI read `X_Real_IP` as they do `X-Real-IP`, so it could speak over what is set below.
    const plain = name.replaceAll("_", "-");
    const isBelieved = arrival.trusted && plain === name;
    if (!isBelieved && isClaim(plain, arrival)) continue;
    fields[name] = value;
  }
  // RFC 9112, section 6.3: a body in chunks has no other length.
  if (headers.has("transfer-encoding")) delete fields["content-length"];
  fields.host = host;
  return forwarded(fields, headers, arrival);
}

function isClaim(name: string, { clientIpHeader }: Arrival): boolean {
  return name.startsWith("x-forwarded-") || CLIENT_ADDRESS.has(name) ||
    name === clientIpHeader;
}

/** Adds this hop to what was believed of the ones before it. */
function forwarded(
  fields: Fields,
  headers: Headers,
  { peer, trusted, client, scheme }: Arrival,
): Fields {
  const believed = (name: string) => trusted ? headers.get(name) : null;
  const host = headers.get("host") ?? "";
  const node = !peer ? "unknown" : peer.includes(":") ? `"[${peer}]"` : peer;
  const proto = scheme ?? schemeOf(believed("x-forwarded-proto")) ?? "http";
  let hop = `for=${node};proto=${proto}`;
  if (/^[\w.:[\]-]+$/.test(host)) hop += `;host="${host}"`;

  fields["x-forwarded-for"] = joined(
    believed("x-forwarded-for"),
    peer || "unknown",
  );
  fields["forwarded"] = joined(believed("forwarded"), hop);
  fields["x-forwarded-proto"] = proto;
  fields["x-forwarded-host"] = believed("x-forwarded-host") ?? host;
  fields["x-real-ip"] = client;
  fields["via"] = joined(believed("via"), "1.1 portcullis");
  return fields;
}

function joined(before: string | null, last: string): string {
  return before ? `${before}, ${last}` : last;
}

function schemeOf(text: string | null): "http" | "https" | null {
  const first = text?.split(",")[0]?.trim().toLowerCase();
  return first === "http" || first === "https" ? first : null;
}

/** The fields of an upstream's answer that go on to the client, from a flat list of pairs. */
export function responseHeaders(raw: readonly string[]): Headers {
  let connection = "";
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.toLowerCase() === "connection") connection += `,${raw[i + 1]}`;
  }
  const dropped = connectionFields(connection);
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!dropped.has(name)) headers.append(name, raw[i + 1]!);
  }
  return headers;
}
