/** `deno task export`: writes requests, blocked or suspicious addresses to standard output. */
import { printableJson } from "../lib/base/text.ts";
import { findUserByName } from "../lib/accounts/users.ts";
import { csvLine } from "../lib/base/csv.ts";
import { findingItem } from "../lib/detection/finding_item.ts";
import { listFindings } from "../lib/detection/findings.ts";
import { parseDuration } from "../lib/base/duration.ts";
import { accountData, addressData } from "../lib/erasure/export_data.ts";
import { jsonObject } from "../lib/erasure/json_stream.ts";
import { blockedItem } from "../lib/lists/access_item.ts";
import type { ListName } from "../lib/lists/access_entry.ts";
import { allEntries } from "../lib/lists/access_read.ts";
import {
  FIREWALL_FORMATS,
  type FirewallFormat,
  firewallLines,
} from "../lib/console/firewall.ts";
import { REQUEST_COLUMNS, requestCells } from "../lib/log/request_csv.ts";
import { type RequestItem, requestItem } from "../lib/log/request_item.ts";
import { scanRequests } from "../lib/log/request_query.ts";
import { type Cidr, parseCidr } from "../lib/net/cidr.ts";
import { canonicalIp } from "../lib/net/ip.ts";
import { without } from "../lib/net/range_set.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { quoted } from "../lib/base/quoted.ts";
import { parseTaskArgs, usageError } from "./_cli.ts";
import { Output } from "./_output.ts";
import { type TaskStore, withStore } from "./_store.ts";

const KINDS = "requests, blocked, suspicious, address <ip> or account <name>";
const usage =
  "deno task export <requests|blocked|suspicious|address IP|account NAME> [--format csv|json] [--json] [--since 7d]";
const args = parseTaskArgs({
  usage,
  about: "Writes a stream to standard output, in constant memory.",
  options: {
    format: [
      "csv|json",
      "CSV with a header, or a JSON array with one object to a line; csv",
    ],
    since: [
      "DURATION",
      "only what happened in the last 90s, 24h, 7d …; without it, everything",
    ],
  },
  flags: { json: "the same as --format json" },
  positional: {
    min: 1,
    max: 2,
    what: KINDS,
  },
  more:
    `export address 203.0.113.9 and export account ann write all data about one address or account, as JSON.

For firewalls: export blocked --format ${FIREWALL_FORMATS.join("|")}
writes what is blocked now, without safelisted addresses.`,
});

type Item = Record<string, unknown>;
type Cell = string | number | boolean | null;

const SOURCES: Record<
  string,
  {
    columns: readonly string[];
    items: (store: TaskStore, since: number) => AsyncGenerator<Item>;
    /** An item's cells, if they are not simply its values. */
    cells?: (item: Item) => Cell[];
  }
> = {
  requests: {
    columns: REQUEST_COLUMNS,
    cells: (item) => requestCells(item as unknown as RequestItem),
    async *items({ kv, now }, since) {
      const range = { from: since, to: Number.MAX_SAFE_INTEGER - 120_000 };
      for await (const records of scanRequests(kv, range, now)) {
        for (const record of records) yield { ...requestItem(record) };
      }
    },
  },
  blocked: {
    columns: [
      "ip_address",
      "reason",
      "created_at",
      "created_by",
      "expires_at",
      "hits",
      "last_hit_at",
    ],
    async *items({ kv, now }, since) {
      for await (const entry of allEntries(kv, "blocked", now)) {
        if (entry.created_at >= since) yield { ...blockedItem(entry) };
      }
    },
  },
  suspicious: {
    columns: [
      "id",
      "ip_address",
      "reason",
      "severity",
      "score",
      "count",
      "flagged_at",
      "first_seen",
      "last_seen",
      "is_active",
      "resolved_by",
      "resolved_at",
      "resolution",
      "explanation",
    ],
    async *items({ kv, now }, since) {
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listFindings>> =
          await listFindings(kv, {
            limit: 500,
            cursor,
            now: now(),
          });
        for (const finding of page.items) {
          if (finding.last_seen >= since) yield findingItem(finding);
        }
        cursor = page.cursor;
      } while (cursor !== null);
    },
  },
};

const what = args.positional[0]!;
if (args.json && args.format !== undefined && args.format !== "json") {
  usageError(`Got --json and --format ${args.format}: expected one`, usage);
}
if (what === "address" || what === "account") {
  const whom = args.positional[1];
  if (whom === undefined) {
    usageError(
      `Cannot export ${what}: expected ${
        what === "address" ? "an IP address" : "a user name"
      } after it`,
      usage,
    );
  }
  if (args.format !== undefined && args.format !== "json") {
    usageError(
      `Cannot export ${what} as "${args.format}": expected json`,
      usage,
    );
  }
  if (args.since !== undefined) {
    usageError(`Cannot export ${what} with --since: expected all of it`, usage);
  }
  await withStore((store) => exportOne(store, what, whom));
  Deno.exit();
}
if (args.positional.length > 1) {
  usageError("Got 2 arguments, expected one", usage);
}
if (!Object.hasOwn(SOURCES, what)) {
  usageError(
    `Cannot export "${what}": expected ${KINDS}`,
    usage,
  );
}
const format = args.json ? "json" : args.format ?? "csv";
const firewall = what === "blocked"
  ? FIREWALL_FORMATS.find((name) => name === format)
  : undefined;
if (format !== "csv" && format !== "json" && !firewall) {
  const more = what === "blocked" ? `, ${FIREWALL_FORMATS.join(", ")}` : "";
  usageError(
    `Cannot export ${what} as "${format}": expected csv, json${more}`,
    usage,
  );
}
if (firewall && args.since !== undefined) {
  usageError(
    `Cannot export as ${firewall} with --since: expected the whole list`,
    usage,
  );
}
const age = args.since === undefined ? null : durationOf(args.since);

await withStore(async (store) => {
  if (firewall) return await exportFirewall(store, firewall);
  const {
    columns,
    items,
    cells = (item) => columns.map((column) => item[column] as Cell),
  } = SOURCES[what]!;
  const writer = new Output();
  let count = 0;
  await writer.write(format === "csv" ? csvLine(columns) : "[");
  for await (const item of items(store, age === null ? 0 : store.now() - age)) {
    await writer.write(
      format === "csv"
        ? csvLine(cells(item))
        : `${count === 0 ? "" : ","}\n${printableJson(item, 0)}`,
    );
    count++;
  }
  if (format === "json") await writer.write(count === 0 ? "]\n" : "\n]\n");
  await writer.flush();
});

async function exportFirewall(
  { kv, now }: TaskStore,
  format: FirewallFormat,
): Promise<void> {
  const rangesOf = async (list: ListName) => {
    const ranges: Cidr[] = [];
    for await (const { ip_address } of allEntries(kv, list, now)) {
      ranges.push(parseCidr(ip_address));
    }
    return ranges;
  };
  const writer = new Output();
  const left = without(await rangesOf("blocked"), await rangesOf("safe"));
  for (const line of firewallLines(format, left)) {
    await writer.write(`${line}\n`);
  }
  await writer.flush();
}

async function exportOne(
  store: TaskStore,
  what: "address" | "account",
  whom: string,
): Promise<void> {
  const { kv, config, now } = store;
  const addresses = await openAddressStorage(kv, config.privacyIp, now);
  const traces = { ...store, addresses };
  let data: Record<string, unknown>;
  if (what === "address") {
    const ip = canonicalIp(whom);
    if (ip === null) {
      usageError(`Cannot export ${quoted(whom)}: expected an address`, usage);
    }
    data = await addressData(traces, ip);
  } else {
    const user = await findUserByName(store, whom);
    if (user === null) {
      throw new Error(`Cannot export ${quoted(whom)}: there is no such user`);
    }
    data = await accountData(traces, user);
  }
  const writer = new Output();
  for await (const text of jsonObject(data)) await writer.write(text);
  await writer.flush();
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    usageError((error as Error).message, usage);
  }
}
