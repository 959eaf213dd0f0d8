import { SEVERITIES, type Severity } from "../detection/types.ts";
import type { AlertEvent, ListChangeItem, WaitingAlert } from "./event.ts";

/** Text that is ours, or a value that may be a visitor's. */
export type Part = string | { value: string };

/** A line of a message; see {@linkcode line}. */
export type Line = readonly Part[];

/** A message before it is converted to a receiver's format. */
export interface Message {
  /** The same for each attempt, so that a receiver can detect repetitions. */
  id: string;
  /** Epoch ms. */
  at: number;
  type: AlertEvent["type"] | "summary";
  /** The highest severity in it; null if it contains no finding. */
  severity: Severity | null;
  lines: Line[];
  /** A page of the console, where its address is known. */
  url: string | null;
  /** What the JSON format adds. */
  data: Record<string, unknown>;
}

/** A line of fixed words with untrusted values in it. */
export function line(
  words: TemplateStringsArray,
  ...holes: (string | number)[]
): Line {
  return words.flatMap((text, index): Part[] => {
    const hole = holes[index];
    const parts: Part[] = text === "" ? [] : [text];
    if (typeof hole === "number") parts.push(String(hole));
    else if (hole !== undefined) parts.push({ value: hole });
    return parts;
  });
}

/** How many of the things in a summary are shown. */
const MAX_LISTED = 20;

/** What one alert says. */
export function messageOf(
  { id, at, event }: WaitingAlert,
  origin: string | null,
): Message {
  const page = (path: string) => origin === null ? null : origin + path;
  const base = { id, at, type: event.type, severity: severityOf(event) };
  switch (event.type) {
    case "finding":
      return {
        ...base,
        lines: linesOf(event),
        url: page(
          `/admin/ip/${event.finding.ip_address}`,
        ),
        data: { finding: event.finding },
      };
    case "blocklist": {
      const { type: _, ...data } = event;
      return {
        ...base,
        lines: linesOf(event),
        url: page("/admin/blocked"),
        data,
      };
    }
    case "more_findings": {
      const { type: _, ...data } = event;
      return {
        ...base,
        lines: linesOf(event),
        url: page("/admin/suspicious"),
        data,
      };
    }
    case "new_country": {
      const { type: _, ...data } = event;
      return {
        ...base,
        lines: linesOf(event),
        url: page("/admin/logins?new=1"),
        data,
      };
    }
    case "test":
      return {
        ...base,
        lines: linesOf(event),
        url: page("/admin/alerts"),
        data: { by: event.by },
      };
  }
}

/** A summary of many alerts: one line for each of the first, and the total. */
export function summaryOf(
  alerts: readonly WaitingAlert[],
  dropped: number,
  origin: string | null,
): Message {
  const events = alerts.map(({ event }) => event);
  const bySeverity: Partial<Record<Severity, number>> = {};
  let findings = 0;
  for (const event of events) {
    const severity = severityOf(event);
    if (severity === null) continue;
    const count = event.type === "more_findings" ? event.count : 1;
    findings += count;
    bySeverity[severity] = (bySeverity[severity] ?? 0) + count;
  }
  const sorted = events.toSorted((a, b) => rank(b) - rank(a));
  const shown = sorted.slice(0, MAX_LISTED);
  const lines: Line[] = [
    line`Portcullis has ${alerts.length} alerts, ${findings} findings among them${
      dropped > 0 ? `, and dropped ${dropped}` : ""
    }:`,
    ...shown.flatMap(linesOf),
  ];
  if (events.length > shown.length) {
    lines.push(line`and ${events.length - shown.length} more`);
  }
  const first = alerts[0]!;
  return {
    id: `summary-${first.id}`,
    at: first.at,
    type: "summary",
    severity: sorted.length > 0 ? severityOf(sorted[0]!) : null,
    lines,
    url: origin && `${origin}/admin/suspicious`,
    data: {
      alerts: alerts.length,
      findings,
      by_severity: bySeverity,
      dropped,
      events: shown.map((event) =>
        event.type === "finding"
          ? { ...event, finding: { ...event.finding, evidence: undefined } }
          : event
      ),
    },
  };
}

/** Orders events: the higher, the worse. */
export function rank(event: AlertEvent): number {
  const severity = severityOf(event);
  return severity === null ? 0 : SEVERITIES.indexOf(severity);
}

/** {@linkcode rank} of what is critical. */
export const WORST = SEVERITIES.length - 1;

/** The severity; null if it is no finding. */
export function severityOf(event: AlertEvent): Severity | null {
  switch (event.type) {
    case "finding":
      return event.finding.severity as Severity;
    case "more_findings":
      return event.worst;
    default:
      return null;
  }
}

/** The subject of a message, without visitor data. */
export function subjectOf({ type, severity }: Message): string {
  switch (type) {
    case "finding":
      return `one ${severity} incident`;
    case "more_findings":
      return "many incidents";
    case "blocklist":
      return "changes of the lists";
    case "summary":
      return "several alerts";
    case "new_country":
      return "a login from a new country";
    case "test":
      return "a test";
  }
}

function linesOf(event: AlertEvent): Line[] {
  switch (event.type) {
    case "finding": {
      const { severity, reason, ip_address, explanation } = event.finding;
      return [line`${severity}: ${reason} of ${ip_address}: ${explanation}`];
    }
    case "more_findings": {
      const rules = Object.entries(event.by_rule)
        .sort(([, a], [, b]) => b - a).slice(0, 5)
        .map(([rule, count]) => `${rule} ${count}`).join(", ");
      return [
        line`${event.count} more findings, ${event.worst} the worst: ${rules}`,
      ];
    }
    case "blocklist":
      return blocklistLines(event);
    case "new_country": {
      const { username, country, ip_address, known } = event;
      return [
        line`${username} logged in from ${country} (${ip_address}), for the first time; before from ${
          known.join(", ")
        }`,
      ];
    }
    case "test":
      return [
        line`This is a test alert from Portcullis, sent by ${event.by}.`,
      ];
  }
}

function blocklistLines(
  { counts, by_list, items, imported }: Extract<
    AlertEvent,
    { type: "blocklist" }
  >,
): Line[] {
  const lines: Line[] = imported
    ? [["Many blocks have changed at once, by a list that was imported."]]
    : [];
  lines.push(...items.map(itemLine));
  let total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (const [list, count] of Object.entries(by_list)) {
    lines.push(line`${list} blocked ${count}`);
    total -= count;
  }
  if (total > items.length) {
    lines.push(line`and ${total - items.length} more changes of the lists`);
  }
  return lines;
}

function itemLine({ what, ip_address, by, why, until }: ListChangeItem): Line {
  const parts: Part[] = [...line`${ip_address} was `, what];
  if (by !== null) parts.push(...line` by ${by}`);
  if (what === "blocked") {
    parts.push(until === null ? " until it is removed" : ` until ${until}`);
  }
  if (why) parts.push(...line`: ${why}`);
  return parts;
}
