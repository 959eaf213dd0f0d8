import { type Cidr, formatCidr, readCidr } from "../net/cidr.ts";
import { quoted } from "../base/quoted.ts";
import {
  type LineLimits,
  ListError,
  readListLines,
  tooMuch,
} from "./list_reader.ts";
import type { ListedLine } from "./list_line.ts";

/** A list's entry for one address or range. */
export interface Wanted {
  /** Becomes the reason; empty: the feed's default. */
  note: string;
  /** Epoch ms; null where the list does not say. */
  expires_at: number | null;
}

/** Why an entry of a list is left out. */
export type SkipKind =
  | "special"
  | "wide"
  | "own"
  | "proxy"
  | "safelisted"
  | "ended"
  | "repeated";

/** Says why a range is left out, or null. */
export type Screen = (
  range: Cidr,
) => { kind: SkipKind; why: string } | null;

/** What was read of a list; samples are safe to print. */
export interface ListCounts {
  bytes: number;
  lines: number;
  damaged: number;
  damaged_samples: string[];
  skipped: Partial<Record<SkipKind, number>>;
  skipped_samples: { ip: string; why: string }[];
  /** How many entries the list says it has, and how many lines could be one. */
  declared: number | null;
  found: number;
  /** The share of all addresses of each family; ranges within others count twice. */
  coverage: { 4: number; 6: number };
}

/** The counts before anything was read. */
export function noCounts(): ListCounts {
  return {
    bytes: 0,
    lines: 0,
    damaged: 0,
    damaged_samples: [],
    skipped: {},
    skipped_samples: [],
    declared: null,
    found: 0,
    coverage: { 4: 0, 6: 0 },
  };
}

/** A list that was read: canonical addresses and ranges, and what is wanted of each. */
export interface ReadList extends ListCounts {
  wanted: Map<string, Wanted>;
  /** Entries left out for now, as the safelist and users' addresses may change. */
  spared: Map<string, Wanted>;
}

/** How much of a list is read. */
export interface ListLimits extends LineLimits {
  /** @default {500_000} */
  maxEntries?: number;
}

const MAX_SAMPLES = 5;
/** Reasons to leave an entry out that may change. */
const PASSING = new Set<SkipKind>(["own", "proxy", "safelisted"]);

/** Shared by the many entries without a note. */
const NO_MORE: Wanted = { note: "", expires_at: null };

/**
 * Reads a list in any of the formats of {@linkcode listLineReader}, line by line, in time in
 * proportion to its length. Damaged lines are counted and the first shown; what `screen` objects to
 * is left out, counted, and the first shown with the reason.
 *
 * @throws {ListError} where a limit is passed, or the list says that it has more entries than came.
 */
export async function readList(
  stream: AsyncIterable<Uint8Array>,
  { screen, now, limits = {} }: {
    screen: Screen;
    now: number;
    limits?: ListLimits;
  },
): Promise<ReadList> {
  const { maxEntries = 500_000 } = limits;
  const list: ReadList = {
    wanted: new Map(),
    spared: new Map(),
    ...noCounts(),
  };
  const damage = (text: string) => {
    list.damaged++;
    if (list.damaged_samples.length < MAX_SAMPLES) {
      list.damaged_samples.push(quoted(text));
    }
  };
  const notes = new Map<string, Wanted>();

  function take({ ip, note, expires_at }: ListedLine, line: string): void {
    const range = readCidr(ip);
    if (range === null) return damage(line);
    list.found++;
    const text = formatCidr(range);
    const refused = list.wanted.has(text) || list.spared.has(text)
      ? { kind: "repeated" as const, why: "" }
      : expires_at !== null && expires_at <= now
      ? { kind: "ended" as const, why: "it has expired" }
      : screen(range);
    if (refused) {
      skip(list, text, refused);
      if (PASSING.has(refused.kind)) {
        list.spared.set(text, shared(notes, note, expires_at));
      }
      return;
    }
    list.wanted.set(text, shared(notes, note, expires_at));
    // Of IPv6, only 2000::/3 is given out.
    list.coverage[range.family] += 2 **
      ((range.family === 4 ? 0 : 3) - range.prefix);
    if (list.wanted.size + list.spared.size > maxEntries) {
      throw tooMuch(`${maxEntries} entries`);
    }
  }

  const lines = readListLines(
    stream,
    now,
    limits,
    (count) => list.bytes += count,
  );
  for await (const { read, line } of lines) {
    list.lines++;
    if (read.kind === "damaged") damage(line);
    else if (read.kind === "metadata") list.declared ??= read.records;
    else if (read.kind === "entry") take(read.entry, line);
    else if (read.kind === "entries") {
      for (const entry of read.entries) take(entry, line);
    }
  }
  if (list.declared !== null && list.declared > list.found) {
    throw new ListError(
      `The list states ${list.declared} entries, but only ${list.found} came`,
    );
  }
  return list;
}

/** Counts an entry that is left out. */
export function skip(
  list: Pick<ListCounts, "skipped" | "skipped_samples">,
  ip: string,
  { kind, why }: { kind: SkipKind; why: string },
): void {
  const before = list.skipped[kind] ?? 0;
  list.skipped[kind] = before + 1;
  // Of each kind the first, so that one does not hide the others.
  if (why !== "" && before < MAX_SAMPLES) {
    list.skipped_samples.push({ ip, why });
  }
}

function shared(
  notes: Map<string, Wanted>,
  note: string,
  expires_at: number | null,
): Wanted {
  if (expires_at !== null) return { note, expires_at };
  if (note === "") return NO_MORE;
  let known = notes.get(note);
  if (!known) {
    if (notes.size > 10_000) notes.clear();
    notes.set(note, known = { note, expires_at });
  }
  return known;
}
