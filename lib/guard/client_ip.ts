import { LONGEST_SENT, memo } from "../base/memo.ts";
import type { FieldReader } from "../http/request_view.ts";
import { type Cidr, contains } from "../net/cidr.ts";
import { canonicalIp, readIp } from "../net/ip.ts";
import { quoted } from "../base/quoted.ts";
import { explain, type Explanation } from "./client_ip_explain.ts";
import { formatOf } from "./forwarding.ts";

/** Options for {@linkcode createClientIp}. */
export interface ClientIpOptions {
  /**
   * Peers whose forwarding header is trusted. Clients that connect from these addresses can claim
   * any address, so list only your proxies.
   *
   * @default {[]}
   */
  trustedProxies?: readonly Cidr[];
  /**
   * The one header that is read: `x-forwarded-for`, `forwarded` (RFC 7239), or a header in which
   * the proxy sets a single address, such as `cf-connecting-ip`. All others are ignored.
   *
   * @default {"x-forwarded-for"}
   */
  header?: string;
  /** Called once, when a peer that is not trusted sends the header. */
  onIgnored?: (peer: string, header: string) => void;
}

/** Finds the client's canonical address; see {@linkcode createClientIp}. */
export interface ClientIp {
  /**
   * @param headers The request's headers; not read if the peer is not trusted.
   * @param peer The address at the other end of the connection, as the server reports it.
   */
  (headers: FieldReader, peer: string | undefined): string;
  /** The same decision, with a reason for every hop. */
  explain(headers: FieldReader, peer: string | undefined): Explanation;
  /** Whether a peer's forwarding header is trusted. */
  trusts(peer: string | undefined): boolean;
}

/** The peer of a connection, and whether its forwarding header is trusted. */
export interface Peer {
  address: string;
  trusted: boolean;
}

/** One hop on the walk from the server to the client. */
export interface VisitedHop {
  text: string;
  address: string | null;
  trusted: boolean;
}

/** A connection without an IP address is local. */
const LOCAL = "127.0.0.1";
const REMEMBERED_PEERS = 4_096;
const MOST_CLIENTS = 8_192;
/** The number of calls between two checks for an ignored header. */
const IGNORED_EVERY = 256;

/**
 * Creates the function that determines a request's client address.
 *
 * The chain of hops is walked from the right: the peer, then the last hop of the header, and so on
 * while the hop that reported the next one is a trusted proxy. The first address that is not a
 * trusted proxy is the client; if all are, it is the leftmost. An empty, unknown or malformed hop
 * ends the walk at the last valid one, so invalid headers gain nothing.
 *
 * A peer without an IP address is a unix socket: it counts as `127.0.0.1`, and is trusted if that
 * is.
 *
 * @throws {TypeError} if `header` is not a header name.
 */
export function createClientIp(
  { trustedProxies = [], header = "x-forwarded-for", onIgnored }:
    ClientIpOptions = {},
): ClientIp {
  const name = header.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
    throw new TypeError(
      `Cannot read client addresses from ${
        quoted(header)
      }: expected a header name`,
    );
  }
  const format = formatOf(name);
  const peers = new Map<string | undefined, Peer>();
  const words = new Int32Array(4);
  let untilLook = onIgnored ? 0 : Infinity;

  function isTrusted(address: string): boolean {
    if (trustedProxies.length === 0) return false;
    const family = readIp(address, words);
    return family !== 0 &&
      trustedProxies.some((range) => contains(range, { family, words }));
  }

  function peerOf(peer: string | undefined): Peer {
    let known = peers.get(peer);
    if (!known) {
      const address = peer && canonicalIp(peer) || LOCAL;
      known = { address, trusted: isTrusted(address) };
      if (peers.size >= REMEMBERED_PEERS) peers.clear();
      peers.set(peer, known);
    }
    return known;
  }

  function walk(
    value: string,
    from: string,
    visit?: (hop: VisitedHop) => void,
  ): string {
    let client = from;
    for (let end = value.length; end >= 0;) {
      const start = format.start(value, end);
      const text = value.slice(start, end);
      const address = format.address(text);
      const trusted = address !== null && isTrusted(address);
      visit?.({ text, address, trusted });
      if (address === null) break;
      client = address;
      if (!trusted) break;
      end = start - 1;
    }
    return client;
  }

  // Cache: clients of a proxy return. If no hop is valid, the peer is the client.
  const clientIn = memo((value) => walk(value, ""), MOST_CLIENTS, LONGEST_SENT);

  function lookForIgnored(headers: FieldReader, { address }: Peer): void {
    untilLook = IGNORED_EVERY;
    if (!headers.has(name)) return;
    untilLook = Infinity;
    onIgnored?.(address, name);
  }

  function clientIp(headers: FieldReader, peer: string | undefined): string {
    const known = peerOf(peer);
    if (!known.trusted) {
      if (untilLook-- <= 0) lookForIgnored(headers, known);
      return known.address;
    }
    const value = headers.get(name);
    return value !== null && clientIn(value) || known.address;
  }

  return Object.assign(clientIp, {
    trusts: (peer: string | undefined) => peerOf(peer).trusted,
    explain: (headers: FieldReader, peer: string | undefined) =>
      explain({ headers, given: peer, peer: peerOf(peer), name, format, walk }),
  });
}
