import { csvLine } from "../base/csv.ts";
import {
  type AuditEntry,
  type AuditFilter,
  listAudit,
} from "../store/audit.ts";

const COLUMNS = ["at", "who", "what", "target", "from", "why"] as const;
/** The number of entries per read. */
const BATCH = 500;

/** An entry as in files and the API. */
function auditItem({ at, who, what, target, from, why }: AuditEntry) {
  return { at: new Date(at).toISOString(), who, what, target, from, why };
}

/** The matching part of the audit trail as a file, newest first, read while it is sent. */
export function auditFile(
  kv: Deno.Kv,
  { format, filter, now }: {
    format: "csv" | "json";
    filter: AuditFilter;
    now: number;
  },
): ReadableStream<Uint8Array> {
  const parts = format === "csv"
    ? csvParts(kv, filter, now)
    : jsonParts(kv, filter, now);
  return ReadableStream.from(parts).pipeThrough(new TextEncoderStream());
}

async function* csvParts(
  kv: Deno.Kv,
  filter: AuditFilter,
  now: number,
): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const entries of batches(kv, filter, now)) {
    yield entries.map((entry) => {
      const item = auditItem(entry);
      return csvLine(COLUMNS.map((column) => item[column]));
    }).join("");
  }
}

async function* jsonParts(
  kv: Deno.Kv,
  filter: AuditFilter,
  now: number,
): AsyncGenerator<string> {
  let before = "[\n";
  for await (const entries of batches(kv, filter, now)) {
    let text = "";
    for (const entry of entries) {
      text += before + JSON.stringify(auditItem(entry));
      before = ",\n";
    }
    yield text;
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

async function* batches(
  kv: Deno.Kv,
  filter: AuditFilter,
  now: number,
): AsyncGenerator<AuditEntry[]> {
  let cursor: string | null = null;
  do {
    const page = await listAudit(kv, { limit: BATCH, cursor, now, filter });
    yield page.items;
    cursor = page.cursor;
  } while (cursor !== null);
}
