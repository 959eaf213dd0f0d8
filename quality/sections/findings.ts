import { HOUR } from "../../lib/base/duration.ts";
import { evaluate } from "../../lib/detection/engine.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { type Severity } from "../../lib/detection/types.ts";
import { readLog } from "../../lib/import/read_log.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import type { QualityRow } from "../section.ts";

export const about =
  "Addresses in access logs: a finding above info about who attacks, none about who does not, critical or not";

const DATA = new URL("../../tests/data/", import.meta.url);

interface Log {
  file: string;
  offenders: { ip_address: string }[];
}

/** Judges each log by its clock hours, as an import does. */
export async function measure(): Promise<QualityRow[]> {
  const offenders = { found: 0, of: 0, limit: 0.9 };
  const bystanders = { found: 0, of: 0 };
  for (const { file, offenders: named } of await logs("scenarios/scenarios")) {
    const { addresses, worst } = await judged(`scenarios/${file}`);
    const attacks = new Set(named.map(({ ip_address }) => ip_address));
    for (const ip of addresses) {
      const share = attacks.has(ip) ? offenders : bystanders;
      share.of++;
      if (isAboveInfo(worst.get(ip))) share.found++;
    }
  }
  const innocents = { found: 0, of: 0, limit: 0 };
  const blocked = { found: 0, of: 0, limit: 0 };
  for (const { file } of await logs("innocents/sessions")) {
    const { addresses, worst } = await judged(`innocents/sessions/${file}`);
    for (const ip of addresses) {
      innocents.of++;
      blocked.of++;
      if (isAboveInfo(worst.get(ip))) innocents.found++;
      if (worst.get(ip) === "critical") blocked.found++;
    }
  }
  return [
    { name: "offenders in scenarios", attacks: offenders },
    { name: "bystanders in scenarios", harmless: bystanders },
    { name: "innocent sessions", harmless: innocents },
    { name: "innocent sessions, critical", harmless: blocked },
  ];
}

async function logs(name: string): Promise<Log[]> {
  const text = await Deno.readTextFile(new URL(`${name}.jsonl`, DATA));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

async function judged(file: string) {
  const records: RequestRecord[] = [];
  using opened = await Deno.open(new URL(file, DATA));
  for await (const part of readLog(opened.readable)) {
    records.push(...part.records);
  }
  const config = parseConfig({});
  const rules = allRules({
    threshold: config.suspiciousRequestThreshold,
    sensitivePaths: config.sensitivePaths,
    loginPaths: config.loginPaths,
    loginFailure: config.loginFailure,
  });
  const worst = new Map<string, Severity>();
  const hours = new Set(
    records.map(({ timestamp }) => Math.floor(timestamp / HOUR)),
  );
  for (const hour of hours) {
    const period = { from: hour * HOUR, to: (hour + 1) * HOUR };
    const { drafts } = await evaluate(rules, once(records), period);
    for (const { ip_address, severity } of drafts) {
      const known = worst.get(ip_address);
      if (known === undefined || known === "info" || severity === "critical") {
        worst.set(ip_address, severity);
      }
    }
  }
  const addresses = new Set(records.map(({ ip_address }) => ip_address));
  return { addresses, worst };
}

async function* once(records: RequestRecord[]) {
  await Promise.resolve();
  yield records;
}

function isAboveInfo(severity: Severity | undefined): boolean {
  return severity === "warning" || severity === "critical";
}
