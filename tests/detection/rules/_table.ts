import { assertEquals, assertNotEquals } from "@std/assert";
import type { LoginEvent } from "../../../lib/accounts/login_log.ts";
import { evaluate } from "../../../lib/detection/engine.ts";
import type { LoginRule, Rule } from "../../../lib/detection/rule.ts";
import type { Severity } from "../../../lib/detection/types.ts";
import type { RequestRecord } from "../../../lib/log/request_record.ts";
import { HOUR_START, record, sourceOf, THE_HOUR } from "../records.ts";

/** The expected severity for each case, or null for none. */
export type Table<T> = Record<string, [items: T[], severity: Severity | null]>;

/** A number of equal records, evenly over a period that begins `fromMs` into the hour. */
export function spread(
  count: number,
  [fromMs, toMs]: [number, number],
  fields: Partial<RequestRecord> = {},
): RequestRecord[] {
  return Array.from({ length: count }, (_, index) =>
    record({
      timestamp: HOUR_START + fromMs +
        Math.floor(index * (toMs - fromMs) / Math.max(1, count - 1)),
      ...fields,
    }));
}

/** One request for each path. */
export function visits(
  paths: string[],
  fields: Partial<RequestRecord> = {},
): RequestRecord[] {
  return paths.map((path, index) =>
    record({ path, timestamp: HOUR_START + index * 1_000, ...fields })
  );
}

async function* once<T>(items: T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}

/** The highest severity that a rule finds in the hour, or null. */
export async function severityOf<T>(
  rule: Rule | LoginRule,
  items: T[],
): Promise<Severity | null> {
  const records = rule.stream === "logins" ? [] : items as RequestRecord[];
  const logins = rule.stream === "logins" ? items as LoginEvent[] : [];
  const { drafts } = await evaluate(
    [rule],
    sourceOf(records).scan({ from: 0, to: Infinity }),
    THE_HOUR,
    { logins: once(logins) },
  );
  return drafts[0]?.severity ?? null;
}

/**
 * Tests a rule with its table, of at least ten cases either way, and the table with the rule: with
 * another threshold or another window at least one case has another result.
 */
export function holdsTo<T>(
  rule: Rule | LoginRule,
  table: Table<T>,
  { fixedWindow = false }: { fixedWindow?: boolean } = {},
): void {
  for (const [name, [items, severity]] of Object.entries(table)) {
    Deno.test(`${rule.name}: ${name}: ${severity ?? "nothing"}`, async () => {
      assertEquals(await severityOf(rule, items), severity);
    });
  }

  Deno.test(`${rule.name}: ten examples and more of either kind`, () => {
    const severities = Object.values(table).map(([, severity]) => severity);
    const fine = severities.filter((severity) => severity === null).length;
    assertEquals(fine >= 10, true, `${fine} innocent`);
    assertEquals(severities.length - fine >= 10, true);
  });

  mutationsFail(rule, table, { fixedWindow });
}

/** Tests the table with its rule: with another threshold or window, a case has another result. */
export function mutationsFail<T>(
  rule: Rule | LoginRule,
  table: Table<T>,
  { fixedWindow = false }: { fixedWindow?: boolean } = {},
): void {
  const { threshold, windowMs, everyMs } = rule;
  const scaled = (factor: number) => ({
    windowMs: windowMs * factor,
    ...everyMs === undefined ? {} : { everyMs: everyMs * factor },
  });
  const mutations: Record<string, Partial<Rule>> = {
    "a threshold that is higher by one": { threshold: threshold + 1 },
    ...threshold > 0
      ? { "a threshold that is lower by one": { threshold: threshold - 1 } }
      : {},
    ...fixedWindow ? {} : {
      "half the window": scaled(0.5),
      "twice the window": scaled(2),
    },
  };
  for (const [name, mutation] of Object.entries(mutations)) {
    Deno.test(`${rule.name}: ${name} fails this table`, async () => {
      const changed = { ...rule, ...mutation } as Rule | LoginRule;
      const outcomes: [string, Severity | null][] = [];
      for (const [name, [items]] of Object.entries(table)) {
        outcomes.push([name, await severityOf(changed, items)]);
      }
      assertNotEquals(
        outcomes,
        Object.entries(table).map(([name, [, severity]]) => [name, severity]),
      );
    });
  }
}
