/**
 * The host that a request is for: `Host`, `:authority` or the authority of an absolute target. Deno
 * writes it into `request.url` unchecked, so that a `\`, `/`, `#` or `?` in it would move the path;
 * and a host that `new URL` refuses fails later. Both are refused here, for app, guard and proxy.
 *
 * @module
 */
import { parseIp } from "../net/ip.ts";

/** Letters, digits, `-`, `_` and single dots; one dot may end the name (RFC 3986, section 3.2.2). */
const NAME = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*\.?$/i;
/** The URL Standard reads such a name as an IPv4 address, also with other bases and fewer parts. */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;
const PORT = /^\d{0,5}$/;
const LONGEST = 253;
const HIGHEST_PORT = 65_535;

/** The last well-formed host: nearly all requests of a server are for one host. */
let lastGood = "";

/** Whether a text is a host with or without a port, in the one form that all parsers read alike. */
export function isWellFormedHost(text: string): boolean {
  if (text === lastGood) return text !== "";
  const isGood = isGoodHost(text);
  if (isGood) lastGood = text;
  return isGood;
}

function isGoodHost(text: string): boolean {
  const name = hostName(text);
  const rest = text.slice(name.length);
  if (rest !== "") {
    const port = rest.slice(1);
    if (rest[0] !== ":" || !PORT.test(port) || Number(port) > HIGHEST_PORT) {
      return false;
    }
  }
  if (name.startsWith("[")) {
    const address = name.slice(1, -1);
    return name.endsWith("]") && address.includes(":") &&
      parseIp(address) !== null;
  }
  if (name.length > LONGEST || !NAME.test(name)) return false;
  if (ENDS_IN_NUMBER.test(name)) return parseIp(name)?.family === 4;
  // Labels that begin with `xn--` must be valid punycode.
  return !/xn--/i.test(name) || URL.canParse(`http://${name}`);
}

/** A well-formed host's name or address without its port, as it was sent. */
export function hostName(host: string): string {
  if (host.startsWith("[")) return host.slice(0, host.indexOf("]") + 1);
  const colon = host.indexOf(":");
  return colon < 0 ? host : host.slice(0, colon);
}

const PATTERN = /^(?:\*\.)?[a-z\d_-]+(?:\.[a-z\d_-]+)*\.?$/i;

/**
 * Whether a host is one of some names; `*.example.org` matches all subdomains; ports and case are
 * ignored.
 *
 * @throws {SyntaxError} if one is not a name, address or pattern.
 */
export function hostFilter(
  names: readonly string[],
): (host: string) => boolean {
  const whole = new Set<string>();
  const below: string[] = [];
  for (const name of names) {
    const isAddress = isWellFormedHost(name) && hostName(name) === name;
    if (!isAddress && !PATTERN.test(name)) {
      throw new SyntaxError(
        `Cannot allow the host ${
          JSON.stringify(name)
        }: expected a name, an address, or *. and a name`,
      );
    }
    const plain = comparable(name);
    if (plain.startsWith("*.")) below.push(plain.slice(1));
    else whole.add(plain);
  }
  return function isAllowed(host) {
    const plain = comparable(hostName(host));
    return whole.has(plain) || below.some((end) => plain.endsWith(end));
  };
}

function comparable(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
