import { blockMany } from "../../lib/lists/access_import.ts";
import { type Figure, figure } from "../figure.ts";
import { added, costsInMix } from "../mix.ts";
import { median, short } from "../numbers.ts";
import { newStore } from "../process.ts";
import type { BenchOptions } from "../section.ts";
import { startVariant } from "../variant.ts";

/**
 * Processor time per request in a mix of many addresses and paths: the guard's, and the others'.
 */
export async function measure(options: BenchOptions): Promise<Figure[]> {
  const entries = options.quick ? 10_000 : 100_000;
  const listed = newStore(options);
  {
    using kv = await Deno.openKv(listed);
    await blockMany(kv, Date.now, blocklist(entries), { force: true });
  }
  await using bare = await startVariant("bare");
  await using reading = await startVariant("reading_fields");
  await using storing = await startVariant("reading_and_storing", {
    KV_PATH: newStore(options),
  });
  await using guard = await startVariant("guard", {
    KV_PATH: newStore(options),
  });
  await using whole = await startVariant("guard_with_all", { KV_PATH: listed });
  const refused = newStore(options);
  {
    using kv = await Deno.openKv(refused);
    const all = [{ ip: "203.0.0.0/8", created_by: "bench" }];
    await blockMany(kv, Date.now, all, { force: true });
  }
  await using blocking = await startVariant("guard", { KV_PATH: refused });
  await using fresh = await startVariant("unguarded");
  await using guarded = await startVariant("guarded", {
    KV_PATH: newStore(options),
    GEO_PROVIDER: "off",
  });
  await using express = await startVariant("express_plain");
  await using limitedExpress = await startVariant("express");
  await using hono = await startVariant("hono_plain");
  await using limitedHono = await startVariant("hono");
  const costs = await costsInMix(options, {
    ...{ bare, reading, storing, guard, whole, fresh, guarded },
    blocking: { ...blocking, isRefusing: true },
    ...{ express, limitedExpress, hono, limitedHono },
  });
  const pair = (of: number[], to: number[]) =>
    `${short(median(of))} : ${short(median(to))} µs`;
  const extra = (
    name: string,
    of: keyof typeof costs,
    to: keyof typeof costs,
    goal?: number,
  ) =>
    figure(name, "µs", added(costs[of], costs[to]), {
      goal: goal === undefined ? undefined : ["≤", goal],
      note: pair(costs[of], costs[to]),
    });
  return [
    extra("added by the guard with its log", "guard", "bare", 5),
    extra(
      `added with ${
        short(entries)
      } list entries, 30 rules, signals, geolocation`,
      "whole",
      "bare",
      7,
    ),
    figure(
      "a blocked request ÷ a served text",
      "×",
      costs.blocking.map((cost, i) => cost / costs.guard[i]!),
      { goal: ["≤", 1], note: pair(costs.blocking, costs.guard) },
    ),
    extra("limit: added by reading what a record has", "reading", "bare"),
    extra("limit: and by storing it, with nobody guarded", "storing", "bare"),
    extra("added to a Fresh app, as linked", "guarded", "fresh"),
    extra("added to express by limiter and log", "limitedExpress", "express"),
    extra("added to hono by limiter and log", "limitedHono", "hono"),
  ];
}

/** Addresses that send no requests. */
function* blocklist(entries: number) {
  for (let i = 0; i < entries; i++) {
    const ip = `${20 + i % 80}.${i >> 8 & 255}.${i & 255}.${i % 97}`;
    yield { ip: i % 10 < 3 ? `${ip}/${24 + i % 8}` : ip, created_by: "bench" };
  }
}
