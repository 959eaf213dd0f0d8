import { type ClientIp, createClientIp } from "../guard/client_ip.ts";
import type { Cidr } from "../net/cidr.ts";
import { canonicalIp } from "../net/ip.ts";
import type { LogEntry } from "./entry.ts";
import { addressText } from "./json_fields.ts";

/** The client's address among those of a line, and why. */
export interface LogClient {
  /** Null if the line has no address. */
  ip: string | null;
  /** A clause, such as `it is the address of the connection`. */
  why: string;
}

/** Options for {@linkcode createLogClient}. */
export interface LogClientOptions {
  trustedProxies?: readonly Cidr[];
  /** `CLIENT_IP_HEADER`. */
  header?: string;
}

/** Finds the clients of lines; see {@linkcode createLogClient}. */
export interface LogClients {
  /** The client's canonical address, or null if the line has none. */
  (entry: LogEntry): string | null;
  explain(entry: LogEntry): LogClient;
}

const LIST = /[,\s]+/;

/**
 * Creates the function that finds a line's client, by the same walk as for live requests: from the
 * connection's address along the forwarding header for as long as each hop is a trusted proxy. If a
 * line has only the header, its last hop is the connection's address.
 */
export function createLogClient(
  { trustedProxies = [], header = "x-forwarded-for" }: LogClientOptions = {},
): LogClients {
  // A log has a list of hops whatever the header; only RFC 7239 has another syntax.
  const walk: ClientIp = createClientIp({
    trustedProxies,
    header: header === "forwarded" ? header : "x-forwarded-for",
  });
  const hasProxies = trustedProxies.length > 0;

  function clientOf({ peer, forwarded }: LogEntry): string | null {
    if (peer !== null && (forwarded === null || !hasProxies)) {
      return canonicalIp(peer) ?? addressIn(peer);
    }
    if (peer !== null) {
      const address = addressIn(peer);
      return address && walk(only(forwarded!), address);
    }
    if (forwarded === null) return null;
    const { last, before } = lastHop(forwarded);
    return last && (before === "" ? last : walk(only(before), last));
  }

  function explain(entry: LogEntry): LogClient {
    const ip = clientOf(entry);
    const { peer, forwarded } = entry;
    if (ip === null) {
      const why = peer ?? forwarded;
      return {
        ip,
        why: why === null
          ? "the line has no address"
          : `${why} is not an address`,
      };
    }
    if (forwarded === null) {
      return { ip, why: "it is the address of the connection" };
    }
    if (peer === null) {
      return {
        ip,
        why: ip === lastHop(forwarded).last
          ? "it is the last hop of the forwarding header, and not a trusted proxy"
          : "the hops behind it in the forwarding header are trusted proxies",
      };
    }
    const from = addressIn(peer);
    if (ip !== from) {
      return {
        ip,
        why: `the forwarding header says so, and ${from} is a trusted proxy`,
      };
    }
    return {
      ip,
      why: hasProxies
        ? `it is the address of the connection; "${forwarded}" is ignored, as it is not a trusted proxy`
        : `it is the address of the connection; "${forwarded}" is ignored while TRUSTED_PROXIES is empty`,
    };
  }

  return Object.assign(clientOf, { explain });
}

const ZONE = /%[\w.-]{1,32}$/;

/** The address in a field, without its port and the zone of a link-local one. */
export function addressIn(field: string): string | null {
  return canonicalIp((addressText(field) ?? "").replace(ZONE, ""));
}

/** Headers with the one header that the walk reads. */
function only(value: string): Headers {
  return { get: () => value, has: () => true } as unknown as Headers;
}

function lastHop(list: string): { last: string | null; before: string } {
  const hops = list.trim();
  const comma = Math.max(
    hops.lastIndexOf(","),
    LIST.test(hops) ? hops.lastIndexOf(" ") : -1,
  );
  const text = hops.slice(comma + 1).trim();
  return {
    last: canonicalIp(addressText(text) ?? ""),
    before: comma < 0 ? "" : hops.slice(0, comma).replace(/[,\s]+$/, ""),
  };
}
