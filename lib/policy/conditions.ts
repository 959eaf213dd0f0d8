/**
 * `when` compiled into one predicate: cheap conditions first, each a closure over sets, masks and
 * globs that were made once.
 *
 * @module
 */
import { isBotCategory } from "../bots/bot.ts";
import { type Cidr, formatCidr, isSingle, maskInto } from "../net/cidr.ts";
import { readIp } from "../net/ip.ts";
import { uncovered } from "../net/range_set.ts";
import { signalMask } from "../signals/signal.ts";
import { compileGlob, type Glob } from "./glob.ts";
import type { When } from "./rule.ts";
import type { Subject } from "./subject.ts";

/** Whether a request meets all conditions; the status is that of its answer. */
export type Predicate = (subject: Subject, status: number) => boolean;

/** Conditions that something cannot tell, such as a log that keeps no fields. */
export type Unknowable = (condition: keyof When) => boolean;

/**
 * Compiles conditions. Those that `isUnknown` names are taken as met, and within `not` as not met:
 * what is then counted is an upper bound.
 */
export function compileWhen(
  when: When,
  isUnknown: Unknowable = () => false,
): Predicate | null {
  const tests: Predicate[] = [];
  const add = <K extends keyof When>(
    name: K,
    make: (value: NonNullable<When[K]>) => Predicate,
  ) => {
    const value = when[name];
    if (value !== undefined && !isUnknown(name)) {
      tests.push(make(value as NonNullable<When[K]>));
    }
  };
  // In the order of what they cost.
  add("signal", (words) => {
    const mask = signalMask(words);
    return ({ signals }) => (signals & mask) !== 0;
  });
  add(
    "status",
    (ranges) => (_, status) =>
      ranges.some(({ from, to }) => status >= from && status <= to),
  );
  add("method", (methods) => {
    const set = new Set(methods);
    return ({ method }) => set.has(method);
  });
  add("path", (globs) => {
    const matches = anyGlob(globs);
    return ({ path }) => matches(path);
  });
  add("host", (globs) => {
    const matches = anyGlob(globs);
    return ({ host }) => matches(host);
  });
  add("ip", (ranges) => {
    const has = rangeTest(ranges);
    return ({ ip }) => has(ip);
  });
  add("user_agent", (globs) => {
    const matches = anyGlob(globs);
    return ({ userAgent }) => matches(userAgent.toLowerCase());
  });
  add("header", (fields) => {
    const compiled = fields.map(([name, globs]) =>
      [name, anyGlob(globs)] as const
    );
    return (subject) =>
      compiled.every(([name, matches]) => {
        const value = subject.header(name);
        return value !== null && matches(value);
      });
  });
  add("country", (codes) => {
    const set = new Set<string | null>(codes);
    return ({ country }) => set.has(country);
  });
  add("asn", (numbers) => {
    const set = new Set<number | null>(numbers);
    return ({ asn }) => set.has(asn);
  });
  add("hosting", (value) => ({ hosting }) => hosting === value);
  add("bot", (words) => {
    const set = new Set(
      words.map((word) => isBotCategory(word) ? word : word.toLowerCase()),
    );
    return ({ bot }) =>
      bot !== null &&
      (set.has(bot.category) || set.has(bot.name.toLowerCase()));
  });
  add("verified", (value) => ({ verified }) => verified === value);
  add("user", (names) => {
    const set = new Set(names);
    const anybody = set.has("signed-in");
    const nobody = set.has("anonymous");
    return ({ user }) => user === null ? nobody : anybody || set.has(user);
  });
  for (const each of when.not ?? []) {
    if (Object.keys(each).some((name) => isUnknown(name as keyof When))) {
      continue;
    }
    const isLeftOut = compileWhen(each);
    tests.push(
      isLeftOut === null
        ? () => false
        : (subject, status) => !isLeftOut(subject, status),
    );
  }
  return all(tests);
}

/** Null where every request meets them. */
function all(tests: readonly Predicate[]): Predicate | null {
  const [first, second, third] = tests;
  if (first === undefined) return null;
  if (second === undefined) return first;
  if (third === undefined) {
    return (subject, status) =>
      first(subject, status) && second(subject, status);
  }
  return function meetsAll(subject, status) {
    for (let i = 0; i < tests.length; i++) {
      if (!tests[i]!(subject, status)) return false;
    }
    return true;
  };
}

function anyGlob(patterns: readonly string[]): Glob {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const globs = patterns.filter((pattern) => pattern.includes("*"))
    .map(compileGlob);
  if (exact.size === 0 && globs.length === 1) return globs[0]!;
  return function matchesAny(text) {
    if (exact.has(text)) return true;
    for (let i = 0; i < globs.length; i++) if (globs[i]!(text)) return true;
    return false;
  };
}

/** Many rules ask about one address, which is read once; its networks by their prefix. */
const asked = {
  ip: "",
  family: 0,
  words: new Int32Array(4),
  networks: new Map<number, string>(),
};
const masked = new Int32Array(4);

function familyOf(ip: string): number {
  if (ip !== asked.ip) {
    asked.family = readIp(ip, asked.words);
    asked.ip = ip;
    asked.networks.clear();
  }
  return asked.family;
}

/** The network of the address that was asked about last. */
function networkKey(prefix: number): string {
  let key = asked.networks.get(prefix);
  if (key === undefined) {
    maskInto(asked.words, prefix, masked);
    asked.networks.set(prefix, key = wordsKey(masked));
  }
  return key;
}

/**
 * One set for each length of prefix: the cost does not grow with the number of ranges. Addresses
 * come in the one spelling that single ones are compared by.
 */
function rangeTest(ranges: readonly Cidr[]): (ip: string) => boolean {
  const singles = new Set(ranges.filter(isSingle).map(formatCidr));
  const layers: { family: 4 | 6; prefix: number; texts: Set<string> }[] = [];
  for (const range of uncovered(ranges)) {
    if (isSingle(range)) continue;
    const { family, prefix } = range;
    let layer = layers.find((each) =>
      each.family === family && each.prefix === prefix
    );
    if (layer === undefined) {
      layers.push(layer = { family, prefix, texts: new Set() });
    }
    layer.texts.add(wordsKey(range.words));
  }
  return function inRanges(ip) {
    if (singles.has(ip)) return true;
    if (layers.length === 0) return false;
    const family = familyOf(ip);
    for (const layer of layers) {
      if (layer.family !== family) continue;
      if (layer.texts.has(networkKey(layer.prefix))) return true;
    }
    return false;
  };
}

function wordsKey(words: Int32Array): string {
  return `${words[0]},${words[1]},${words[2]},${words[3]}`;
}
