/**
 * The addresses that a configured URL may resolve to. Users who can enter a URL must not be able to
 * make the server connect to what only the server can reach: OWASP's server-side request forgery.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { quoted } from "../base/quoted.ts";
import { formatIp, type Ip, parseIp } from "./ip.ts";
import { OutboundError, wordsOf } from "./outbound_error.ts";
import { type IpKind, kindOf } from "./special.ts";

/** Resolves a host name to addresses; rejects or returns none if there are none. */
export type ResolveHost = (host: string) => Promise<string[]>;

/** Resolves as other programs on this machine do: the hosts file, then the DNS. */
export const systemResolve: ResolveHost = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** The maximum number of addresses of one name that are used. */
const MAX_ADDRESSES = 64;

/**
 * Public by the registries, but internal to a cloud: Azure's wire server. The other clouds'
 * metadata addresses are link-local, shared, unique-local or reserved ones.
 */
const METADATA = new Set(["168.63.129.16"]);

/** Local addresses that an operator can configure on purpose. */
const LOCAL_KINDS: readonly IpKind[] = [
  "loopback",
  "private",
  "shared",
  "unique-local",
];

/**
 * Parses a URL for an outbound request.
 *
 * @throws {OutboundError} if it is not an http or https URL with a host.
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

/** The host's name or address, without brackets and without a trailing dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** Whether a host name means this machine (RFC 6761 §6.3), whatever the DNS says. */
function isLocalhost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

/**
 * Whether a URL directly names this machine or a private network: by an address, in any spelling of
 * the URL standard, or as `localhost`. A name that only resolves there does not count.
 */
export function namesPrivateAddress(url: URL): boolean {
  const host = hostOf(url);
  const ip = parseIp(host);
  return ip ? LOCAL_KINDS.includes(kindOf(ip)) : isLocalhost(host);
}

/** Why an address is refused, or null if it is public. */
export function refusalOf(ip: Ip): string | null {
  const kind = kindOf(ip);
  if (kind !== "public") return kind;
  return METADATA.has(formatIp(ip)) ? "metadata" : null;
}

/**
 * The addresses of a URL, each of them checked: one private address among public ones refuses all,
 * as that is typical of DNS rebinding.
 *
 * @throws {OutboundError} naming the host and the reason.
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
