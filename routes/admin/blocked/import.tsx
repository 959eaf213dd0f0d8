import { page } from "fresh";
import { Notice } from "../../../components/ui/notice.tsx";
import { Num } from "../../../components/ui/number.tsx";
import { UndoEntry, undoId } from "../../../components/ui/undo_entry.tsx";
import { entriesOf } from "../../../lib/console/block_list.ts";
import { appendAudit } from "../../../lib/store/audit.ts";
import { quoted } from "../../../lib/base/quoted.ts";
import { parseDuration } from "../../../lib/base/duration.ts";
import { blockMany, type Imported } from "../../../lib/lists/access_import.ts";
import { paramProblem } from "../../../lib/http/known_names.ts";
import { ListError, readListLines } from "../../../lib/feeds/list_reader.ts";
import type { ListedLine } from "../../../lib/feeds/list_line.ts";
import { DamagedFileError } from "../../../lib/import/damaged_file.ts";
import { unpack } from "../../../lib/import/unpack.ts";
import { readUpload } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define } from "../../../signed_in.ts";

/** Enough for a hundred thousand addresses with reasons. */
const MAX_BYTES = 8 * 1024 * 1024;
/** The most blocks that can be undone at once. */
const MOST_UNDONE = 800;
const REASON = "Imported";
/** The number of skipped lines that are shown. */
const SHOWN = 20;

interface Data {
  result: Imported | null;
  /** The audit entry whose undo reverts it. */
  undo: string | null;
  error: string | null;
}

const FIELDS = ["text", "file", "reason", "for"];

export const handler = define.handlers({
  GET(ctx) {
    ctx.state.title = "Import a blocklist";
    return page<Data>({ result: null, undo: null, error: null });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now, lists, config } = services;
    ctx.state.title = "Import a blocklist";
    const form = await readUpload(ctx.req, MAX_BYTES);
    const file = form.get("file");
    const given = [
      new Blob([String(form.get("text") ?? "")]),
      ...file instanceof File ? [file] : [],
    ];
    const reason = String(form.get("reason") ?? "").trim().slice(0, 400);
    const problem = paramProblem(form, FIELDS, { kind: "field" });
    if (problem !== null) throw new Refusal("malformed", problem);
    let list: List;
    try {
      list = await readAll(given, now());
    } catch (error) {
      const isList = error instanceof ListError ||
        error instanceof DamagedFileError;
      if (!isList) throw error;
      return page<Data>({ result: null, undo: null, error: error.message }, {
        status: 422,
      });
    }
    const { entries, damaged } = list;
    if (entries.length === 0) {
      const error = damaged.count === 0
        ? "Nothing to import: paste a list, or choose a file."
        : `This is not a list of addresses: ${
          quoted(damaged.first[0]!)
        } cannot be read.`;
      return page<Data>({ result: null, undo: null, error }, { status: 422 });
    }
    const lifetime = String(form.get("for") ?? "");
    const ends = lifetime === "" ? null : now() + parseDuration(lifetime);
    const orders = entries
      .filter(({ expires_at }) => expires_at === null || expires_at > now())
      .map((entry) => ({
        ip: entry.ip,
        reason: entry.note || reason || REASON,
        created_by: user.username,
        expires_at: entry.expires_at ?? ends,
      }));
    const ips = orders.map(({ ip }) => ip);
    // A longer list does not fit in an audit entry; it is undone by importing without it.
    const isUndoable = ips.length <= MOST_UNDONE;
    const before = isUndoable ? await entriesOf(kv, ips, now()) : null;
    const result = await blockMany(kv, now, orders, {
      trustedProxies: config.trustedProxies,
      protectedIps: [visitor.ip],
    });
    lists.applyLocal(result.changes);
    const made = before === null
      ? []
      : [...await entriesOf(kv, ips, now())].filter(([ip]) => !before.has(ip));
    result.refused += damaged.count;
    for (const ip of damaged.first) {
      result.refusals.push({ ip, why: "this line is invalid" });
    }
    const entry = await appendAudit(kv, {
      who: user.username,
      what: "import_blocks",
      target: `${result.written} entries`,
      from: visitor.ip,
      why: reason || null,
      reverse: made.length === 0 ? undefined : {
        kind: "unlist_many",
        entries: made.map(([ip, { created_at }]) => [ip, created_at]),
      },
    }, now());
    const undo = made.length === 0 ? null : undoId(entry);
    return page<Data>({ result, undo, error: null });
  },
});

interface List {
  entries: ListedLine[];
  /** Invalid lines. */
  damaged: { count: number; first: string[] };
}

/** Reads lists like feeds, compressed or not. */
async function readAll(given: readonly Blob[], now: number): Promise<List> {
  const list: List = { entries: [], damaged: { count: 0, first: [] } };
  const { damaged } = list;
  for (const one of given) {
    for await (
      const { read, line } of readListLines(unpack(one.stream()), now)
    ) {
      if (read.kind === "entry") list.entries.push(read.entry);
      else if (read.kind === "entries") list.entries.push(...read.entries);
      else if (read.kind === "damaged" && ++damaged.count <= SHOWN) {
        damaged.first.push(line.slice(0, 100));
      }
    }
  }
  return list;
}

export default define.page<typeof handler>(function ImportBlocks({ data }) {
  const { result, undo, error } = data;
  return (
    <>
      <h1>Import a blocklist</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {result && <Result result={result} undo={undo} />}
      <form method="post" enctype="multipart/form-data" class="panel">
        <p class="muted">
          One address or range per line, with a reason after a comma; ranges as
          a-b; CSV with a header, JSON (AbuseIPDB, CrowdSec, Spamhaus), DShield,
          and the output of the export; also compressed. Your own address,
          loopback, your proxies, safelisted addresses and very wide ranges are
          skipped.
        </p>
        <div class="field">
          <label for="text">Addresses and ranges</label>
          <textarea
            id="text"
            name="text"
            rows={8}
            spellcheck={false}
            placeholder="203.0.113.9, guessing passwords"
          />
        </div>
        <div class="field">
          <label for="file">Or a file</label>
          <input
            id="file"
            name="file"
            type="file"
            accept=".csv,.txt,.json,.gz,text/*,application/json"
          />
        </div>
        <div class="field">
          <label for="reason">Reason, for entries without one</label>
          <input id="reason" name="reason" maxLength={400} value={REASON} />
        </div>
        <div class="field">
          <label for="for">Duration, for entries without one</label>
          <select id="for" name="for">
            <option value="24h">24 hours</option>
            <option value="7d">7 days</option>
            <option value="30d">30 days</option>
            <option value="" selected>until unblocked</option>
          </select>
        </div>
        <button type="submit">Import</button>
      </form>
    </>
  );
});

function Result({ result: { written, refused, refusals }, undo }: {
  result: Imported;
  undo: string | null;
}) {
  return (
    <Notice kind={refused > 0 ? "warn" : "good"}>
      <p>
        <Num value={written} /> {written === 1 ? "entry" : "entries"} written,
        {" "}
        <Num value={refused} /> left out.{" "}
        {undo && <UndoEntry id={undo} back="/admin/blocked" />}
      </p>
      {refusals.length > 0 && (
        <ul>
          {refusals.slice(0, SHOWN).map(({ ip, why }, index) => (
            <li key={index}>
              <span class="mono">{ip}</span>: {why}
            </li>
          ))}
          {refused > SHOWN && <li>…</li>}
        </ul>
      )}
    </Notice>
  );
}
