import {
  type Cidr,
  cidrOf,
  covers,
  formatCidr,
  parseCidr,
} from "../net/cidr.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { type AccessEntry, isLive, type ListName } from "./access_entry.ts";

/**
 * The live entries that contain all of a range, the range itself included, narrowest first. Reads
 * one key per prefix length, for lists of any size.
 */
export async function findCovering(
  kv: Deno.Kv,
  list: ListName,
  range: Cidr,
  now: number,
): Promise<AccessEntry[]> {
  const wanted: Deno.KvKey[] = [];
  for (let prefix = range.prefix; prefix >= 0; prefix--) {
    wanted.push(keys.access(list, formatCidr(cidrOf(range, prefix))));
  }
  const rows = await getAll<AccessEntry>(kv, wanted);
  return rows.flatMap(({ value }) => value && isLive(value, now) ? value : []);
}

/** The live entries within a range, itself included, in the order of their texts. */
export async function findWithin(
  kv: Deno.Kv,
  list: ListName,
  range: Cidr,
  now: number,
): Promise<AccessEntry[]> {
  const found: AccessEntry[] = [];
  const text = commonText(range);
  const rows = kv.list<AccessEntry>({
    start: keys.access(list, text),
    end: keys.access(list, `${text}\uffff`),
  }, { batchSize: 1_000 });
  for await (const { value } of rows) {
    if (isLive(value, now) && covers(range, parseCidr(value.ip_address))) {
      found.push(value);
    }
  }
  return found;
}

/**
 * A common prefix of the canonical texts of all addresses in a range; often shorter than possible.
 */
function commonText({ family, words, prefix }: Cidr): string {
  let text = "";
  if (family === 4) {
    for (let i = 0; i < Math.min(prefix >> 3, 3); i++) {
      text += `${words[0]! >>> 24 - 8 * i & 255}.`;
    }
    return text;
  }
  for (let i = 0; i < Math.min(prefix >> 4, 7); i++) {
    const group = words[i >> 1]! >>> (i & 1 ? 0 : 16) & 0xffff;
    // From here on "::" may replace this group.
    if (group === 0) break;
    text += `${group.toString(16)}:`;
  }
  return text;
}
