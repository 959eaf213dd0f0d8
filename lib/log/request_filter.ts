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
import { browserOf, systemOf } from "../base/user_agent.ts";
import { botOf } from "../bots/bot_of.ts";
import { VISITOR_KINDS, visitorKind } from "../bots/visitor_kind.ts";
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
  "operator",
  "user_agent",
  "browser",
  "system",
  "visitor",
  "referrer",
  "console",
] as const;

/** Values of `console`, for signed-in users' requests of the console itself. */
export const CONSOLE_WORDS = ["show", "hide", "only"] as const;

/** The filters whose values can be excluded. */
export const EXCEPT_NAMES = FILTER_NAMES.filter((name) => name !== "console");

/** Suffix of a filter parameter's name if its value is excluded. */
export const EXCEPT = "!";

/**
 * A filter of the request log from a URL's parameters: `ip` (address or range), `path`, `method`,
 * `status` (`404` or `4xx`), `country` (ISO code), `username`, `outcome`, `host`, `signal` (one of
 * `SIGNALS`), `rule` (of the policy), `asn` (`64500` or `AS64500`), `bot` (a name or a category),
 * `operator`, `user_agent`, `browser`, `system`, `visitor` (human, bot, unknown), `referrer`,
 * `console` (show, hide, only).
 *
 * Several values are separated by commas, except for paths, user agents, referrers and operators,
 * which may contain a comma. A text may end in `*` for any ending, or begin with `~` to match as a
 * substring, ignoring case. With `!` after its name, as in `ip!=203.0.113.9`, a value is excluded;
 * this may be repeated. An address matches in each of its stored forms.
 *
 * @throws {Refusal} 400 for an invalid value.
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
  const path = wanted(params, "path", textTest);
  filter.path = path.test;
  if (path.value && isExact(path.value)) names.path = path.value;
  filter.method = wanted(params, "method", methodTest).test;
  filter.status = wanted(params, "status", statusTest).test;
  filter.country = wanted(params, "country", countryTest).test;
  const username = wanted(params, "username", textTest);
  filter.username = username.test;
  if (username.value && isExact(username.value)) {
    names.username = username.value;
  }
  filter.host = wanted(params, "host", hostTest).test;
  filter.signals = wanted(params, "signal", signalTest).test;
  filter.rule = wanted(params, "rule", textTest).test;
  filter.asn = wanted(params, "asn", asnTest).test;
  filter.operator = wanted(params, "operator", textTest).test;
  filter.referrer = wanted(params, "referrer", textTest).test;
  filter.userAgent = all([
    wanted(params, "bot", botTest).test,
    wanted(params, "user_agent", textTest).test,
    wanted(params, "browser", (text) => partTest(text, browserOf)).test,
    wanted(params, "system", (text) => partTest(text, systemOf)).test,
    wanted(params, "visitor", visitorTest).test,
  ]);
  filter.console = consoleWord(params);
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

/** Maximum numbers of excluded and of searched values. */
const MAX_EXCEPTED = 50;
const MAX_VALUES = 50;

/** The values of a field that a URL excludes. */
function excepted(params: URLSearchParams, name: string): string[] {
  const values = params.getAll(name + EXCEPT).map((text) => text.trim())
    .filter(Boolean);
  if (values.length > MAX_EXCEPTED) {
    throw new Refusal(
      "malformed",
      `Cannot exclude ${values.length} values: expected at most ${MAX_EXCEPTED}`,
    );
  }
  return values;
}

/** The searched value, if any, and the test for it and the excluded ones. */
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

/** Fields that may contain a comma. */
const WITH_COMMAS = new Set(["path", "operator", "user_agent", "referrer"]);

/** The values of a parameter. */
function valuesOf(name: string, text: string | undefined): string[] {
  if (text === undefined) return [];
  if (WITH_COMMAS.has(name)) return [text];
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

/** Whether a text must match exactly, not as a substring or prefix. */
function isExact(text: string): boolean {
  return !text.endsWith("*") && !text.startsWith("~");
}

function textTest(wanted: string): (text: string | null) => boolean {
  if (wanted.startsWith("~") && wanted.length > 1) {
    const part = wanted.slice(1).toLowerCase();
    return (text) => text?.toLowerCase().includes(part) ?? false;
  }
  if (!wanted.endsWith("*")) return (text) => text === wanted;
  const start = wanted.slice(0, -1);
  return (text) => text?.startsWith(start) ?? false;
}

/** Combines the tests into one that requires all, or none if there are none. */
function all<T>(
  tests: (((value: T) => boolean) | undefined)[],
): ((value: T) => boolean) | undefined {
  const given = tests.filter((test) => test !== undefined);
  if (given.length < 2) return given[0];
  return (value) => given.every((test) => test(value));
}

function methodTest(text: string): (method: string) => boolean {
  const wanted = text.toUpperCase();
  return (method) => method === wanted;
}

function hostTest(text: string): (host: string | null) => boolean {
  return textTest(text.toLowerCase());
}

/** Tests the browser or system that a user agent names, ignoring case. */
function partTest(
  text: string,
  partOf: (userAgent: string) => string | null,
): (userAgent: string | null) => boolean {
  const wanted = text.toLowerCase();
  return (userAgent) =>
    userAgent !== null && partOf(userAgent)?.toLowerCase() === wanted;
}

function visitorTest(text: string): (userAgent: string | null) => boolean {
  const kind = malformed(() => oneOf(VISITOR_KINDS, text, "filter by visitor"));
  return (userAgent) => visitorKind(userAgent) === kind;
}

function consoleWord(params: URLSearchParams): "hide" | "only" | undefined {
  const text = params.get("console")?.trim();
  if (!text) return undefined;
  const word = malformed(() => oneOf(CONSOLE_WORDS, text, "filter by console"));
  return word === "show" ? undefined : word;
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

/** Reads a value of the query; a refusal as invalid becomes one as malformed. */
function malformed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? error.as("malformed") : error;
  }
}

/** The address or network by which a search can skip chunks: see {@linkcode ChunkFilter.names}. */
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
