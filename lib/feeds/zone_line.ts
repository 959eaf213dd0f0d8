import type { ToolLine } from "./tool_line.ts";

/** `32.7.2.0.192.rpz-ip`, with the zone's name behind it or not, and what it does. */
const TRIGGER =
  /^((?:[\da-fz]{1,4}\.){2,9})rpz-(?:client-)?ip(?:\.\S{1,253})?\s+(?:\d+\s+)?(?:IN\s+)?(?:\d+\s+)?CNAME\s+(\S+)/i;
const BEGINNING =
  /^(?:\$(?:TTL|ORIGIN)\s|\S*\s+(?:\d+\w?\s+)?(?:IN\s+)?SOA\s)/i;
const RECORD =
  /^(?:\$\w+\s|[(\d]|\)|(?:\S+\s+)?(?:\d+\w?\s+)?(?:IN\s+)?(?:SOA|NS|A|AAAA|CNAME|DNAME|TXT|MX|PTR|SRV)\s)/i;

/**
 * Makes a reader of zone files with response policies (RPZ): the addresses that they refuse;
 * "nothing" for a zone's other records, null for what is none.
 */
export function zoneReader(): (text: string) => ToolLine[] | "nothing" | null {
  let isZone = false;
  return function readZone(text) {
    const match = TRIGGER.exec(text);
    if (match !== null) {
      isZone = true;
      const [, labels = "", action = ""] = match;
      if (!/^(?:\*?\.|rpz-drop\.)$/i.test(action)) return "nothing";
      return [{ ip: rangeOf(labels), note: "", seconds: "" }];
    }
    isZone ||= BEGINNING.test(text);
    return isZone && RECORD.test(text) ? "nothing" : null;
  };
}

/** `192.0.2.7/32` of `32.7.2.0.192.`, `2001:db8::1/128` of `128.1.zz.db8.2001.` */
function rangeOf(labels: string): string {
  const [length = "", ...parts] = labels.slice(0, -1).split(".");
  parts.reverse();
  const is4 = parts.length === 4 && parts.every((part) => /^\d+$/.test(part)) &&
    Number(length) <= 32;
  if (is4) return `${parts.join(".")}/${length}`;
  const words = parts.map((part) => part === "zz" ? "" : part).join(":");
  const whole = words.replace(/^:/, "::").replace(/:$/, "::");
  return `${whole}/${length}`;
}
