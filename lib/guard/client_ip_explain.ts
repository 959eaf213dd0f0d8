import type { FieldReader } from "../http/request_view.ts";
import type { Peer, VisitedHop } from "./client_ip.ts";
import type { HeaderFormat } from "./forwarding.ts";

/** Why a request is attributed to an address. Texts from headers are raw: escape them. */
export interface Explanation {
  /** The address that logs, limits and blocks use. */
  address: string;
  peer: Peer & {
    /** As the server reported it; undefined for some unix sockets. */
    given: string | undefined;
    why: string;
  };
  /** The one header that is read. */
  header: string;
  /** Its value, cut after 1,000 characters, or null if it was not sent. */
  value: string | null;
  /** The header's hops from left to right; the 20 rightmost at most. */
  hops: ExplainedHop[];
  /** Likely misconfigurations, and the setting that would fix each. */
  hints: string[];
}

/** One hop of the header. */
export interface ExplainedHop {
  /** As it was sent, cut after 100 characters. */
  text: string;
  /** Canonical; null if the hop was not read, or has no address. */
  address: string | null;
  trusted: boolean;
  chosen: boolean;
  why: string;
}

const MAX_HOPS = 20;
const KNOWN_HEADERS = [
  "x-forwarded-for",
  "forwarded",
  "cf-connecting-ip",
  "true-client-ip",
  "x-real-ip",
  "fly-client-ip",
  "x-client-ip",
];

/** The input of {@linkcode explain}. */
export interface ExplainInput {
  headers: FieldReader;
  given: string | undefined;
  peer: Peer;
  name: string;
  format: HeaderFormat;
  walk: (
    value: string,
    from: string,
    visit: (hop: VisitedHop) => void,
  ) => string;
}

/** Repeats the decision and records each step. */
export function explain(input: ExplainInput): Explanation {
  const { headers, given, peer, name, walk } = input;
  const value = headers.get(name);
  const visited: VisitedHop[] = [];
  const address = peer.trusted && value !== null
    ? walk(value, peer.address, (hop) => visited.push(hop))
    : peer.address;
  return {
    address,
    peer: { ...peer, given, why: whyPeer(given, peer) },
    header: name,
    value: value && value.slice(0, 1_000),
    hops: value === null ? [] : explainHops(value, visited, input),
    hints: hintsFor(input, visited),
  };
}

function whyPeer(given: string | undefined, peer: Peer): string {
  const origin = given && /[.:]/.test(given) && !given.startsWith("/")
    ? "the other end of the connection"
    : "a local socket without an address, which counts as 127.0.0.1";
  return peer.trusted
    ? `${origin}; a trusted proxy, so its header is read`
    : `${origin}; not a trusted proxy, so headers are not read`;
}

function explainHops(
  value: string,
  visited: VisitedHop[],
  { format, peer }: ExplainInput,
): ExplainedHop[] {
  const hops: ExplainedHop[] = [];
  const chosen = visited.findLastIndex((hop) => hop.address !== null);
  for (
    let end = value.length, i = 0;
    end >= 0 && i < MAX_HOPS;
    i++
  ) {
    const start = format.start(value, end);
    const hop = visited[i];
    hops.unshift({
      text: value.slice(start, end).trim().slice(0, 100),
      address: hop?.address ?? null,
      trusted: hop?.trusted ?? false,
      chosen: i === chosen,
      why: hop
        ? whyHop(hop, i === chosen)
        : peer.trusted
        ? "not read: the sender of the hop to its right could have forged it"
        : "not read: the peer is not a trusted proxy",
    });
    end = start - 1;
  }
  return hops;
}

function whyHop({ address, trusted }: VisitedHop, chosen: boolean): string {
  if (address === null) return "not an address, so reading stops here";
  if (!trusted) {
    return "the first address that is not a trusted proxy: the client";
  }
  return chosen
    ? "a trusted proxy, and the last hop that could be read"
    : "a trusted proxy, so the hop to its left is read";
}

function hintsFor(
  { headers, peer, name }: ExplainInput,
  visited: VisitedHop[],
): string[] {
  const sent = KNOWN_HEADERS.filter((header) => headers.has(header));
  const others = sent.filter((header) => header !== name);
  if (!peer.trusted) {
    if (!headers.has(name) && others.length === 0) return [];
    return [
      `forwarding headers arrived from an untrusted peer ${peer.address}; ` +
      `if that is your proxy, set TRUSTED_PROXIES=${peer.address}`,
    ];
  }
  const hints: string[] = [];
  if (!headers.has(name)) {
    hints.push(
      `the trusted proxy ${peer.address} sent no ${name}; ` +
        (others.length > 0
          ? `if it sets ${others[0]} itself, set CLIENT_IP_HEADER=${others[0]}`
          : "configure it to send one, or all of its clients count as one"),
    );
  } else if (visited[0]?.address === null) {
    hints.push(
      `the last hop in ${name} is not an address, so all clients of the proxy ` +
        `${peer.address} count as one`,
    );
  } else if (visited.at(-1)?.trusted) {
    hints.push(
      `every hop in ${name} is a trusted proxy; ` +
        "TRUSTED_PROXIES may be wider than your proxies",
    );
  }
  return hints;
}
