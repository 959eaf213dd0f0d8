/**
 * Lines of what tools that act on addresses print or keep.
 *
 * @module
 */

/** What such a line says. */
export interface ToolLine {
  ip: string;
  note: string;
  /** Seconds that it holds, or none. */
  seconds: string;
}

const ADDRESS = String.raw`(?<ip>[\da-f.:]{2,45}(?:\/\d{1,3})?)`;
const ENTRIES: readonly RegExp[] = [
  // `ipset save`
  new RegExp(
    `^add \\S{1,64} ${ADDRESS}(?: timeout (?<seconds>\\d{1,10}))?(?: nomatch)?(?: comment "(?<note>[^"]*)")?$`,
    "i",
  ),
  // hosts.deny
  new RegExp(`^(?:ALL|[a-z][\\w.-]{0,64}) ?: ?${ADDRESS}(?: ?: ?deny)?$`, "i"),
  // Tor's list of exits
  new RegExp(`^ExitAddress ${ADDRESS} \\d{4}-\\d\\d-\\d\\d [\\d:]{8}$`, "i"),
  // `iptables-save`
  new RegExp(
    `^-A \\S{1,64} -s ${ADDRESS} (?:-\\S+ \\S+ )*-j (?:DROP|REJECT)\\b`,
    "i",
  ),
  // Apache
  new RegExp(`^(?:Require not ip|Deny from) ${ADDRESS}$`, "i"),
  // `fail2ban-client get … banip --with-time`
  new RegExp(
    `^${ADDRESS}\\s+\\d{4}-\\d\\d-\\d\\d [\\d:]{8} \\+ \\d+ = \\d{4}-\\d\\d-\\d\\d [\\d:]{8}$`,
    "i",
  ),
  // IPsum: how many lists have it.
  new RegExp(`^${ADDRESS}\\t(?<note>\\d{1,3})$`, "i"),
  new RegExp(`^${ADDRESS}\\s+// ?(?<note>.*)$`, "i"),
];
/** What stands between such lines. */
const BESIDE =
  /^(?:create \S+ (?:hash|bitmap|list):|ExitNode [\dA-F]{40}$|(?:Published|LastStatus) \d{4}-)/;

/** What a tool's line says, "nothing" where it stands beside such, or null where it is none. */
export function readToolLine(text: string): ToolLine | "nothing" | null {
  if (BESIDE.test(text)) return "nothing";
  for (const entry of ENTRIES) {
    const groups = entry.exec(text)?.groups;
    if (groups === undefined || !/[.:]/.test(groups.ip!)) continue;
    const { ip = "", note = "", seconds = "" } = groups;
    return { ip, note, seconds };
  }
  return null;
}
