/**
 * What `nft list set`, `list table` and `list ruleset` print, and files that nft loads.
 *
 * @module
 */
import { namesLetIn } from "./lets_in.ts";
import type { ToolLine } from "./tool_line.ts";

const ADDRESS = String.raw`[\da-f.:]{2,45}(?:\/\d{1,3}|-[\da-f.:]{2,45})?`;
const ELEMENTS = /^(?:add element .{0,200}?|elements = )\{\s*(.*)$/i;
const SET = /^(?:set|add element (?:\w+ )?\w+) ([\w.-]+) \{/;
const ELEMENT = new RegExp(`^(${ADDRESS})(?:\\s(.*))?$`, "i");
const DROPS = new RegExp(
  `^(?:add rule .{0,200}? )?ip6? saddr (${ADDRESS}|\\{[^}]*\\}) (?:counter (?:packets \\d+ bytes \\d+ )?)?(?:drop|reject)\\b`,
  "i",
);
const SPAN = /(\d+)(ms|[wdhms])/g;
const SECONDS: Record<string, number> = {
  ...{ w: 604_800, d: 86_400, h: 3_600 },
  ...{ m: 60, s: 1, ms: 0 },
};
/** What else stands in a table. */
const BESIDE =
  /^(?:table|set|chain|flush|delete|type|typeof|flags|size|timeout|gc-interval|policy|auto-merge|counter|comment|ct|meta|iif|iifname|ip|ip6|tcp|udp|icmp|icmpv6|limit|log|jump|add (?:table|set|chain|rule))\b|^\}$/;

/** Makes a reader of such lines: what stands in sets and what rules drop; null where a line is none. */
export function nftReader(): (text: string) => ToolLine[] | "nothing" | null {
  let isIn = false;
  let depth = 0;
  let isLetIn = false;
  return function readNft(text) {
    if (isIn) return elements(text);
    const name = SET.exec(text);
    if (name) isLetIn = namesLetIn(name[1]!);
    const begun = ELEMENTS.exec(text);
    if (begun) {
      isIn = true;
      return elements(begun[1]!);
    }
    const dropped = DROPS.exec(text)?.[1];
    if (dropped) return listOf(dropped.replace(/[{}]/g, ""));
    // Nothing of the kind begins before a table does.
    if (/^table \S+ \S+ \{/.test(text)) depth = 1;
    return depth > 0 && BESIDE.test(text) ? "nothing" : null;
  };

  function elements(text: string): ToolLine[] | null {
    const end = withoutTexts(text).indexOf("}");
    isIn = end < 0;
    if (isLetIn) return [];
    return listOf(end < 0 ? text : text.slice(0, end));
  }
}

/** As long, with nothing in its quotes that could be taken for more. */
function withoutTexts(text: string): string {
  return text.replace(/"[^"]*"/g, (quoted) => " ".repeat(quoted.length));
}

/** Null where one of them is no address. */
function listOf(text: string): ToolLine[] | null {
  const lines: ToolLine[] = [];
  const plain = withoutTexts(text);
  for (let at = 0; at < text.length;) {
    const comma = plain.indexOf(",", at);
    const end = comma < 0 ? text.length : comma;
    const item = text.slice(at, end).trim();
    at = end + 1;
    if (item === "") continue;
    const match = ELEMENT.exec(item);
    if (match === null) return null;
    const [, ip = "", rest = ""] = match;
    const ends = /\bexpires (\S+)/.exec(rest) ?? /\btimeout (\S+)/.exec(rest);
    const note = /\bcomment "([^"]*)"/.exec(rest)?.[1] ?? "";
    lines.push({ ip, note, seconds: ends ? secondsOf(ends[1]!) : "" });
  }
  return lines;
}

function secondsOf(text: string): string {
  let sum = 0;
  for (const [, count, unit] of text.matchAll(SPAN)) {
    sum += Number(count) * SECONDS[unit!]!;
  }
  return sum > 0 ? String(sum) : "";
}
