import { Lru } from "../base/lru.ts";
import { networkOf } from "../net/network.ts";
import { limitSubject } from "../net/prefix.ts";
import { sha256Hex } from "../store/sha256.ts";
import type { By } from "./rule.ts";
import type { Subject } from "./request_subject.ts";

/** How subjects are named in counts. */
export interface NamingOptions {
  /** The prefix length by which an IPv6 address counts as one client. */
  ipv6Prefix: number;
  /** The pseudonym of an address in the store. @default the address itself */
  nameOf?: (purpose: string, subject: string) => string;
}

/** The name of the subject that a request counts for; null if the request lacks it. */
export type SubjectNamer = (by: By, subject: Subject) => string | null;

/**
 * Creates the function that names subjects. Names have at most 64 characters, and contain no
 * secrets.
 */
export function createNamer(
  { ipv6Prefix, nameOf = (_, subject) => subject }: NamingOptions,
): SubjectNamer {
  const hashes = new Lru<string, string>(4_096);
  const ofAddress = (ip: string) =>
    nameOf("limit", ip.includes(":") ? limitSubject(ip, ipv6Prefix) : ip);

  return function nameSubject(by, subject) {
    switch (by) {
      case "ip":
        return ofAddress(subject.ip);
      case "network":
        return nameOf("limit", networkOf(subject.ip) ?? subject.ip);
      case "asn":
        return subject.asn === null ? null : `AS${subject.asn}`;
      case "country":
        return subject.country;
      case "user":
        // Anonymous clients have no name; their address must not look like one.
        return subject.user === null
          ? ofAddress(subject.ip)
          : `user:${subject.user}`;
      case "all":
        return "all";
      default: {
        const value = subject.header(by.slice("header:".length));
        return value === null || value === "" ? null : keyName(value, hashes);
      }
    }
  };
}

/** The name for a field's value, which may be an API key, in memory and store. */
export function keyName(
  value: string,
  known: Lru<string, string> = new Lru(1),
): string {
  let name = known.get(value);
  if (name === undefined) {
    name = `key:${sha256Hex(value).slice(0, 32)}`;
    // A long value is not a key, and caching it would let clients fill the memory.
    if (value.length <= 256) known.set(value, name);
  }
  return name;
}
