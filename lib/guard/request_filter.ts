import { countryName } from "../geo/country.ts";
import {
  cidrOf,
  contains,
  formatCidr,
  isSingle,
  parseCidr,
} from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { RequestError } from "../request_error.ts";
import type { BlockFilter } from "./request_block.ts";
import type { Outcome } from "./request_record.ts";

/** The parameters that {@linkcode requestFilter} reads. */
export const FILTER_NAMES = [
  "ip",
  "path",
  "method",
  "status",
  "country",
  "username",
  "outcome",
] as const;

/**
 * A filter of the request log from an address's parameters: `ip` (address or range), `path` (exact,
 * or with `*` for anything at the end), `method`, `status` (`404` or `4xx`), `country` (ISO code or
 * English name), `username`, `outcome`.
 *
 * @throws {RequestError} 400 for a value that cannot be meant.
 */
export function requestFilter(params: URLSearchParams): BlockFilter {
  const names: NonNullable<BlockFilter["names"]> = {};
  const filter: BlockFilter = { names };
  const ip = params.get("ip")?.trim();
  if (ip) {
    filter.ip = ipTest(ip);
    names.ip = ipName(ip);
  }
  const path = params.get("path")?.trim();
  if (path) {
    const start = path.endsWith("*") ? path.slice(0, -1) : null;
    filter.path = (text) =>
      start === null ? text === path : text.startsWith(start);
    if (start === null) names.path = path;
  }
  const method = params.get("method")?.trim().toUpperCase();
  if (method) filter.method = (text) => text === method;
  const status = params.get("status")?.trim().toLowerCase();
  if (status) filter.status = statusTest(status);
  const country = params.get("country")?.trim();
  if (country) filter.country = countryTest(country);
  const username = params.get("username")?.trim();
  if (username) {
    filter.username = (text) => text === username;
    names.username = username;
  }
  const outcome = params.get("outcome")?.trim();
  if (outcome) {
    if (!["allowed", "blocked", "limited"].includes(outcome)) {
      throw new RequestError(
        400,
        `Cannot filter by outcome "${outcome}": expected allowed, blocked or limited`,
      );
    }
    filter.outcome = outcome as Outcome;
  }
  return filter;
}

function ipTest(text: string): (ip: string) => boolean {
  try {
    const cidr = parseCidr(text);
    if (isSingle(cidr)) {
      const wanted = formatCidr(cidr);
      return (ip) => ip === wanted;
    }
    return (ip) => {
      const parsed = parseIp(ip);
      return parsed !== null && contains(cidr, parsed);
    };
  } catch (error) {
    throw new RequestError(400, (error as Error).message);
  }
}

/** The address, or the /24 or /48 that a range is within. */
function ipName(text: string): string | undefined {
  const cidr = parseCidr(text);
  if (isSingle(cidr)) return formatCidr(cidr);
  const prefix = cidr.family === 4 ? 24 : 48;
  return cidr.prefix < prefix ? undefined : formatCidr(cidrOf(cidr, prefix));
}

function statusTest(text: string): (status: number) => boolean {
  if (/^[1-5]xx$/.test(text)) {
    const hundreds = Number(text[0]);
    return (status) => Math.floor(status / 100) === hundreds;
  }
  if (!/^[1-9]\d\d$/.test(text)) {
    throw new RequestError(
      400,
      `Cannot filter by status "${text}": expected a code such as 404, or 4xx`,
    );
  }
  const code = Number(text);
  return (status) => status === code;
}

function countryTest(text: string): (code: string | null) => boolean {
  const wanted = text.toLowerCase();
  return (code) =>
    code !== null &&
    (code.toLowerCase() === wanted ||
      countryName(code)?.toLowerCase() === wanted);
}
