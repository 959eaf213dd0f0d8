import { quoted } from "../lib/base/quoted.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import type { FileReport } from "../lib/import/import_logs.ts";
import type { LineCounts } from "../lib/import/log_reader.ts";
import type { Finding } from "../lib/detection/finding.ts";
import type { LogClients } from "../lib/import/log_client.ts";
import { requestItem } from "../lib/log/request_item.ts";

/** Counts of several files. */
export interface Totals {
  requests: number;
  unparsable: number;
  implausible: number;
  known: number;
}

/** Adds up the reports of files. */
export function totalsOf(reports: readonly FileReport[]): Totals {
  const totals = { requests: 0, unparsable: 0, implausible: 0, known: 0 };
  for (const { reader: { counts }, known } of reports) {
    totals.requests += counts.requests;
    totals.unparsable += leftOut(counts);
    totals.implausible += counts.implausible;
    totals.known += known;
  }
  return totals;
}

function leftOut({ unparsable, noTime, noAddress }: LineCounts): number {
  return unparsable + noTime + noAddress;
}

/** The final lines of a task. */
export function totalLines(
  { requests, unparsable, implausible, known }: Totals,
  isDryRun: boolean,
): string[] {
  const done = isDryRun ? "would be imported" : "imported";
  const lines = [
    `${requests} requests ${done}, ${unparsable} lines unparsable.`,
  ];
  if (implausible > 0) {
    lines.push(
      `${implausible} lines from before 1995 or more than a day in the future are skipped.`,
    );
  }
  if (known > 0) {
    lines.push(
      `${known} lines were imported before and are skipped; --again imports them anyway.`,
    );
  }
  return lines;
}

/**
 * How far an import came that ends before it is complete, and how to go on.
 *
 * @param stored The number of stored requests; null if none was to be written.
 */
export function soFar(
  stored: number | null,
  { again, "no-detect": isUnjudged }: { again: boolean; "no-detect": boolean },
): string {
  if (stored === null) return "Nothing was written.";
  if (again) {
    return `At least ${stored} requests are stored, which --again would import once more.`;
  }
  const detection = isUnjudged ? "" : ", and detection runs over all";
  // A commit may have happened of which this process has not heard yet.
  return `At least ${stored} requests are stored; run it again to add the rest${detection}.`;
}

/** The first skipped lines of a file, and why. */
export function badLines({ name, reader }: FileReport): string[] {
  return reader.bad.map(({ number, line, why }) =>
    `  ${name}, line ${number}: ${escapeControl(why)}: ${
      quoted(line.slice(0, 120))
    }`
  );
}

/** The failures, one per line: files with an error, and files of which nothing was read. */
export function failuresOf(reports: readonly FileReport[]): string[] {
  return reports.flatMap((report) => {
    const { name, error } = report;
    if (error !== null) {
      return [`Cannot read "${name}"${halfway(report)}: ${error}`];
    }
    const refusal = refusalOf(report);
    return refusal === null ? [] : [refusal];
  });
}

function halfway({ lines }: FileReport): string {
  return lines === 0 ? "" : ` beyond line ${lines}, which are kept`;
}

/** Why nothing of a file could be read, in one line; null if something was. */
function refusalOf({ name, reader, lines, known }: FileReport): string | null {
  const { counts } = reader;
  if (lines + counts.unparsable === 0 || counts.requests + known > 0) {
    return null;
  }
  const why = reader.reason();
  if (why === null) return null;
  return escapeControl(
    `Cannot read "${name}": expected ${why.expected} at line ${why.number}, column ${why.column}, received ${
      quoted(why.line.slice(Math.max(0, why.column - 1), why.column + 60))
    }${why.likely ? `. ${why.likely}` : ""}`,
  );
}

/** A dry run's report on a file. */
export function explained(
  { name, reader }: FileReport,
  clientOf: LogClients,
): string[] {
  const { recognised, first } = reader;
  if (recognised === null) return [`${name}: not recognised`];
  const { about, isWrapped } = recognised;
  const around = isWrapped ? ", with a prefix" : "";
  return [
    `${name}: ${recognised.name} (${about})${around}`,
    ...first.flatMap(({ entry, record }) => [
      `  ${printableJson(requestItem(record), 0)}`,
      `    the client is ${record.ip_address}: ${
        escapeControl(clientOf.explain(entry).why)
      }`,
    ]),
  ];
}

/** A file's part of the JSON form. */
export function fileItem({ name, reader, lines, known, error }: FileReport) {
  const format = reader.recognised?.name ?? null;
  return { name, format, lines, known, ...reader.counts, error };
}

const SHOWN = 20;

/** The findings of the analysed hours. */
export function findingLines(
  flagged: number,
  serious: readonly Finding[],
): string[] {
  return [
    `${flagged} findings, ${serious.length} of them above info.`,
    ...serious.slice(0, SHOWN).map(({ ip_address, rule, explanation }) =>
      `  ${ip_address}  ${rule}: ${explanation}`
    ),
    ...serious.length > SHOWN
      ? [`  … see /admin/suspicious for the others.`]
      : [],
  ];
}

/** A finding's part of the JSON form. */
export function findingItem(
  { ip_address, rule, severity, explanation }: Finding,
) {
  return { ip_address, rule, severity, explanation };
}
