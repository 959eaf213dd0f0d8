import { isCountryCode } from "../geo/country.ts";
import {
  type Cidr,
  cidrOf,
  contains,
  formatCidr,
  isSingle,
  parseCidr,
} from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import { Refusal } from "../base/refusal.ts";
import { botOf } from "../bots/bot_of.ts";
import { signalMask, SIGNALS } from "../signals/signal.ts";
import type { ChunkFilter } from "./log_chunk.ts";
import { oneOf } from "../base/one_of.ts";
import { type Outcome, OUTCOMES } from "./request_record.ts";

/** The parameters that {@linkcode requestFilter} reads. */
export const FILTER_NAMES = [
  "ip",
  "path",
  "method",
  "status",
  "country",
  "username",
  "outcome",
  "host",
  "signal",
  "rule",
  "asn",
  "bot",
] as const;

/** What a filter parameter's name ends in where its value is left out and not looked for. */
export const EXCEPT = "!";

/**
 * A filter of the request log from an address's parameters: `ip` (address or range), `path` (exact,
 * or with `*` for anything at the end), `method`, `status` (`404` or `4xx`), `country` (ISO code),
 * `username`, `outcome`, `host`, `signal` (one of `SIGNALS`), `rule` (of the policy), `asn` (`64500`
 * or `AS64500`), `bot` (a name or a category). Several values, path's aside, are separated by commas.
 * With `!` after its name, as in `ip!=203.0.113.9`, a value is left out; that may be given several
 * times. An address is found in each of its stored forms.
 *
 * @throws {Refusal} 400 for a value that cannot be meant.
 */
export function requestFilter(
  params: URLSearchParams,
  { formsOf }: Pick<AddressStorage, "formsOf"> = fullAddresses,
): ChunkFilter {
  const names: NonNullable<ChunkFilter["names"]> = {};
  const filter: ChunkFilter = { names };
  const forms = (cidr: Cidr) => formsOf(formatCidr(cidr));
  const ip = wanted(params, "ip", (text) => ipTest(text, forms));
  filter.ip = ip.test;
  if (ip.value) {
    const cidr = parseCidr(ip.value);
    const known = isSingle(cidr) ? forms(cidr) : [];
    names.ip = known.length > 1 ? known : ipName(cidr);
  }
  const path = wanted(params, "path", pathTest);
  filter.path = path.test;
  if (path.value && !path.value.endsWith("*")) names.path = path.value;
  filter.method = wanted(params, "method", methodTest).test;
  filter.status = wanted(params, "status", statusTest).test;
  filter.country = wanted(params, "country", countryTest).test;
  const username = wanted(params, "username", nameTest);
  filter.username = username.test;
  if (username.value) names.username = username.value;
  filter.host = wanted(params, "host", hostTest).test;
  filter.signals = wanted(params, "signal", signalTest).test;
  filter.rule = wanted(params, "rule", nameTest).test;
  filter.asn = wanted(params, "asn", asnTest).test;
  filter.userAgent = wanted(params, "bot", botTest).test;
  const outcomes = valuesOf(
    "outcome",
    params.get("outcome")?.trim() || undefined,
  )
    .map(outcomeOf);
  const except = excepted(params, "outcome").map(outcomeOf);
  if (outcomes.length === 1) filter.outcome = outcomes[0];
  else if (outcomes.length > 1) {
    except.push(...OUTCOMES.filter((each) => !outcomes.includes(each)));
  }
  if (except.length > 0) filter.exceptOutcomes = except;
  return filter;
}

/** More to leave out at once, or to look for, than anybody writes. */
const MAX_EXCEPTED = 50;
const MAX_VALUES = 50;

/** The values of a field that an address says to leave out. */
function excepted(params: URLSearchParams, name: string): string[] {
  const values = params.getAll(name + EXCEPT).map((text) => text.trim())
    .filter(Boolean);
  if (values.length > MAX_EXCEPTED) {
    throw new Refusal(
      "malformed",
      `Cannot leave out ${values.length} values: expected at most ${MAX_EXCEPTED}`,
    );
  }
  return values;
}

/** The value that is looked for, if any, and the test that this and what is left out make. */
function wanted<T>(
  params: URLSearchParams,
  name: string,
  testOf: (text: string) => (value: T) => boolean,
): { value?: string; test?: (value: T) => boolean } {
  const text = params.get(name)?.trim() || undefined;
  const values = valuesOf(name, text);
  const tests = values.map(testOf);
  const is = tests.length === 0
    ? undefined
    : (each: T) => tests.some((test) => test(each));
  const value = values.length === 1 ? values[0] : undefined;
  const isnt = excepted(params, name).map(testOf);
  if (isnt.length === 0) return { value, test: is };
  return {
    value,
    test: (each) => (is?.(each) ?? true) && !isnt.some((not) => not(each)),
  };
}

/** The values of a parameter; a comma may be part of a path. */
function valuesOf(name: string, text: string | undefined): string[] {
  if (text === undefined) return [];
  if (name === "path") return [text];
  const values = text.split(",").map((each) => each.trim()).filter(Boolean);
  if (values.length === 0 || values.length > MAX_VALUES) {
    throw new Refusal(
      "malformed",
      `Cannot filter by ${name} "${
        text.slice(0, 64)
      }": expected 1 to ${MAX_VALUES} values`,
    );
  }
  return values;
}

function pathTest(wanted: string): (path: string) => boolean {
  if (!wanted.endsWith("*")) return (path) => path === wanted;
  const start = wanted.slice(0, -1);
  return (path) => path.startsWith(start);
}

function methodTest(text: string): (method: string) => boolean {
  const wanted = text.toUpperCase();
  return (method) => method === wanted;
}

function nameTest(wanted: string): (name: string | null) => boolean {
  return (name) => name === wanted;
}

function hostTest(text: string): (host: string | null) => boolean {
  const wanted = text.toLowerCase();
  return (host) => host === wanted;
}

function signalTest(text: string): (mask: number) => boolean {
  const word = malformed(() =>
    oneOf(SIGNALS, text.toLowerCase(), "filter by signal")
  );
  const bit = signalMask([word]);
  return (mask) => (mask & bit) !== 0;
}

function asnTest(text: string): (asn: number | null) => boolean {
  const [, digits] = /^(?:AS)?(\d{1,10})$/i.exec(text) ?? [];
  if (digits === undefined) {
    throw new Refusal(
      "malformed",
      `Cannot filter by asn "${text}": expected a number such as 64500`,
    );
  }
  const wanted = Number(digits);
  return (asn) => asn === wanted;
}

function botTest(text: string): (userAgent: string | null) => boolean {
  const wanted = text.toLowerCase();
  return (userAgent) => {
    const bot = botOf(userAgent);
    return bot !== null &&
      (bot.name.toLowerCase() === wanted || bot.category === wanted);
  };
}

function outcomeOf(text: string): Outcome {
  return malformed(() => oneOf(OUTCOMES, text, "filter by outcome"));
}

function ipTest(
  text: string,
  formsOf: (cidr: Cidr) => readonly string[],
): (ip: string) => boolean {
  const cidr = malformed(() => parseCidr(text));
  if (isSingle(cidr)) {
    const [wanted, ...others] = formsOf(cidr);
    if (others.length === 0) return (ip) => ip === wanted;
    return (ip) => ip === wanted || others.includes(ip);
  }
  return (ip) => {
    const parsed = parseIp(ip);
    return parsed !== null && contains(cidr, parsed);
  };
}

/** Reads a value of the query: what is refused elsewhere as invalid is malformed here. */
function malformed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? error.as("malformed") : error;
  }
}

/** What a search for a range's addresses can skip by: see {@linkcode ChunkFilter.names}. */
export function ipName(cidr: Cidr): string | undefined {
  if (isSingle(cidr)) return formatCidr(cidr);
  const prefix = cidr.family === 4 ? 24 : 48;
  return cidr.prefix < prefix ? undefined : formatCidr(cidrOf(cidr, prefix));
}

function statusTest(given: string): (status: number) => boolean {
  const text = given.toLowerCase();
  if (/^[1-5]xx$/.test(text)) {
    const hundreds = Number(text[0]);
    return (status) => Math.floor(status / 100) === hundreds;
  }
  if (!/^[1-9]\d\d$/.test(text)) {
    throw new Refusal(
      "malformed",
      `Cannot filter by status "${given}": expected a code such as 404, or 4xx`,
    );
  }
  const code = Number(text);
  return (status) => status === code;
}

function countryTest(text: string): (code: string | null) => boolean {
  const wanted = text.toUpperCase();
  if (!isCountryCode(wanted)) {
    throw new Refusal(
      "malformed",
      `Cannot filter by country "${text}": expected an ISO 3166 code such as DE`,
    );
  }
  return (code) => code?.toUpperCase() === wanted;
}
