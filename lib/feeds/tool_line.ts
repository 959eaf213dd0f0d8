/**
 * Lines of what tools that act on addresses print or keep.
 *
 * @module
 */

import { namesLetIn } from "./lets_in.ts";

/** The content of such a line. */
export interface ToolLine {
  ip: string;
  note: string;
  /** Remaining seconds, if stated. */
  seconds: string;
}

const IP = String.raw`[\da-f.:]{2,45}(?:\/\d{1,3})?`;
const ADDRESS = `(?<ip>${IP})`;
const ENTRIES: readonly RegExp[] = [
  // `ipset save`
  new RegExp(
    `^add (?<set>\\S{1,64}) (?<ip>${IP}(?:-${IP})?)(?: timeout (?<seconds>\\d{1,10}))?(?: (?:packets|bytes|skbmark|skbprio|skbqueue) \\S{1,24}){0,5}(?: comment "(?<note>[^"]*)")?$`,
    "i",
  ),
  // Tor's list of exits
  new RegExp(`^ExitAddress ${ADDRESS} \\d{4}-\\d\\d-\\d\\d [\\d:]{8}$`, "i"),
  // `iptables-save`
  new RegExp(
    `^-A \\S{1,64} (?:-[a-z-]{1,20} (?!-)\\S+ ){0,4}?-s ${ADDRESS} (?:-\\S+ (?:"[^"]*"|[^\\s"]\\S*) )*-j (?:DROP|REJECT|TARPIT)\\b`,
    "i",
  ),
  // `iptables -L -n`, with counters and interfaces or without
  new RegExp(
    `^(?:\\d+ +){0,1}(?:\\d+[KMG]? +\\d+[KMG]? +)?(?:DROP|REJECT) +\\S+ +(?:-- +)?(?:[\\w*+.]+ +[\\w*+.]+ +)?${ADDRESS} +(?:0\\.0\\.0\\.0\\/0|::\\/0|anywhere)(?: |$)`,
    "i",
  ),
  // `ufw status`, numbered or not
  new RegExp(
    `^(?:\\[ *\\d+\\] +)?\\S.{0,60}? +(?:DENY|REJECT)(?: IN)? +${ADDRESS}(?: +# ?(?<note>.*))?$`,
  ),
  // `ipset list`
  new RegExp(
    `^${ADDRESS} timeout (?<seconds>\\d{1,10})(?: packets \\d+ bytes \\d+)?(?: comment "(?<note>[^"]*)")?$`,
    "i",
  ),
  new RegExp(`^${ADDRESS} comment "(?<note>[^"]*)"$`, "i"),
  // nginx' `geo`, where it says yes
  new RegExp(`^${ADDRESS}\\s+"?(?:1|yes|true|deny|block|bad)"?\\s*;$`, "i"),
  // `cscli decisions list` as people see it
  new RegExp(
    `^[│|] *\\d+ *[│|][^│|]*[│|] *(?:Ip|Range):${ADDRESS} *[│|] *(?<note>[^│|]*?) *[│|] *ban *[│|]`,
  ),
  // `fail2ban-client get … banip --with-time`
  new RegExp(
    `^${ADDRESS}\\s+\\d{4}-\\d\\d-\\d\\d [\\d:]{8} \\+ \\d+ = \\d{4}-\\d\\d-\\d\\d [\\d:]{8}$`,
    "i",
  ),
  // IPsum: how many lists have it.
  new RegExp(`^${ADDRESS}\\t(?<note>\\d{1,3})$`, "i"),
  new RegExp(`^${ADDRESS}\\s+// ?(?<note>.*)$`, "i"),
];
/** Lines without entries between them. */
const BESIDE: readonly RegExp[] = [
  /^create \S+ (?:hash|bitmap|list):/,
  /^(?:ExitNode [\dA-F]{40}$|(?:Published|LastStatus) \d{4}-)/,
  // ipset list
  /^(?:(?:Type|Header|Name): [^\d]|(?:Revision|Size in memory|References|Number of entries): \d+$|Members:$)/,
  // iptables-save and -S: tables, chains, and rules that let in or only count
  /^(?:\*[a-z]+$|:\S+ (?:ACCEPT|DROP|-) |COMMIT$|-[NP] \S+|-A .{0,400}-j (?!DROP|REJECT|TARPIT))/,
  // iptables -L
  /^(?:Chain \S+ \(|(?:num +)?(?:pkts +bytes +)?target +prot )/,
  /^(?:\d+ +){0,1}(?:\d+[KMG]? +\d+[KMG]? +)?(?!DROP|REJECT)[\w-]+ +\w+ +-- /,
  // ufw status
  /^(?:Status: |To +Action +From$|-- +-+ +-+$|Logging: |Default: |New profiles: )/,
  /^(?:\[ *\d+\] +)?\S.{0,60}? +(?:ALLOW|LIMIT)(?: (?:IN|OUT|FWD))? +\S/,
  // fail2ban-client status
  /^(?:Status for the jail: |[|`]- (?:Filter|Actions)$|\|? *[|`]- (?:Currently|Total|File list|Journal matches))/,
  // cscli's frames
  /^(?:[├╭╰┌└┼─│|+┬┴┤┐┘╮╯-]{3,}|[│|] *ID *[│|].*)$/,
];

/** Names in front of several addresses on one line. */
const LABELS = /^(?:[|`\s]*- Banned IP list:|entries:)\s*/;

/** Addresses alone, with blanks or commas between: at least three, as two may be a range. */
export function manyOf(text: string): string[] | null {
  const label = LABELS.exec(text)?.[0].length ?? 0;
  const words = text.slice(label).split(/[\s,]+/).filter(Boolean);
  if (label === 0 && words.length < 3) return null;
  return words.every((word) => WORD.test(word)) ? words : null;
}

const WORD = new RegExp(`^(?=.*[.:])${ADDRESS}$`, "i");

/** What a tool's line says, "nothing" where it stands beside such, or null where it is none. */
export function readToolLine(text: string): ToolLine | "nothing" | null {
  if (BESIDE.some((pattern) => pattern.test(text))) return "nothing";
  for (const entry of ENTRIES) {
    const groups = entry.exec(text)?.groups;
    if (groups === undefined || !/[.:]/.test(groups.ip!)) continue;
    const { ip = "", note = "", seconds = "", set = "" } = groups;
    if (namesLetIn(set)) return "nothing";
    return { ip, note, seconds };
  }
  return null;
}
