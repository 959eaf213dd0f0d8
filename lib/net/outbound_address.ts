/**
 * The addresses that a configured URL may resolve to. Users who can enter a URL must not be able to
 * make the server talk to what only the server can reach: OWASP's server-side request forgery.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { quoted } from "../base/quoted.ts";
import { formatIp, type Ip, parseIp } from "./ip.ts";
import { OutboundError, wordsOf } from "./outbound_error.ts";
import { type IpKind, kindOf } from "./special.ts";

/** Finds the addresses of a host's name; rejects or answers none where it has none. */
export type ResolveHost = (host: string) => Promise<string[]>;

/** Asks as other programs on this machine do: the hosts file, then the DNS. */
export const systemResolve: ResolveHost = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** No more addresses of one name than this are looked at. */
const MAX_ADDRESSES = 64;

/**
 * Public by the registries, and yet a cloud's own: Azure's wire server. The other clouds' metadata
 * addresses are link-local, shared, unique-local or reserved ones.
 */
const METADATA = new Set(["168.63.129.16"]);

/** What an operator who writes such an address himself can mean. */
const LOCAL_KINDS: readonly IpKind[] = [
  "loopback",
  "private",
  "shared",
  "unique-local",
];

/**
 * Reads a URL that may be asked.
 *
 * @throws {OutboundError} where it is not one of http or https with a host.
 */
export function parseOutboundUrl(text: string | URL): URL {
  const url = URL.parse(text.toString());
  if (url === null) {
    throw new OutboundError("url", "Cannot send: expected an http(s) URL");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new OutboundError(
      "url",
      `Cannot send by ${quoted(url.protocol)}: expected http or https`,
    );
  }
  return url;
}

/** The host's name or address, without brackets and without the DNS' final dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** Whether a host is this machine by name (RFC 6761 §6.3), whatever a DNS says of it. */
function isLocalhost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

/**
 * Whether a URL names this machine or a private network outright: by an address, in any spelling
 * that the URL standard knows, or as `localhost`. A name that only resolves there does not count.
 */
export function namesPrivateAddress(url: URL): boolean {
  const host = hostOf(url);
  const ip = parseIp(host);
  return ip ? LOCAL_KINDS.includes(kindOf(ip)) : isLocalhost(host);
}

/** Why an address is none to send to, or null where it is one of the internet. */
export function refusalOf(ip: Ip): string | null {
  const kind = kindOf(ip);
  if (kind !== "public") return kind;
  return METADATA.has(formatIp(ip)) ? "metadata" : null;
}

/**
 * The addresses that a URL leads to, each of them checked: one private address among public ones
 * refuses all, as it is how a rebinding name looks.
 *
 * @throws {OutboundError} naming the host and what is wrong.
 */
export async function checkedAddresses(
  url: URL,
  { allowPrivate, resolve }: { allowPrivate: boolean; resolve: ResolveHost },
): Promise<string[]> {
  const host = hostOf(url);
  const literal = parseIp(host);
  if (literal === null && host.includes(":")) {
    throw new OutboundError("url", `Cannot send to ${quoted(host)}`);
  }
  const texts = literal
    ? [host]
    : isLocalhost(host)
    ? ["127.0.0.1", "::1"]
    : await resolveHost(host, resolve);
  const addresses = new Set<string>();
  for (const text of texts.slice(0, MAX_ADDRESSES)) {
    const ip = parseIp(text);
    const refused = ip ? refusalOf(ip) : "unreadable";
    if (ip === null || refused !== null && !allowPrivate) {
      const shown = quoted(host).slice(1, -1);
      const what = literal
        ? `${shown} is`
        : `${shown} has ${quoted(text).slice(1, -1)},`;
      throw new OutboundError(
        "address",
        `Cannot send: ${what} ${
          article(refused!)
        } address, which needs OUTBOUND_PRIVATE=1`,
      );
    }
    addresses.add(formatIp(ip));
  }
  return [...addresses];
}

async function resolveHost(
  host: string,
  resolve: ResolveHost,
): Promise<string[]> {
  let addresses: string[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    throw new OutboundError(
      "dns",
      `Cannot find the address of ${quoted(host)}: ${wordsOf(error)}`,
    );
  }
  if (addresses.length === 0) {
    throw new OutboundError(
      "dns",
      `Cannot find the address of ${quoted(host)}`,
    );
  }
  return addresses;
}

function article(word: string): string {
  return `${
    /^[aeiou]/.test(word) && word !== "unique-local" ? "an" : "a"
  } ${word}`;
}
