/**
 * Lines of configurations that refuse addresses: of web servers, firewalls and routers.
 *
 * @module
 */
import { namesLetIn } from "./lets_in.ts";
import type { ToolLine } from "./tool_line.ts";

const ADDRESS = String.raw`(?=[\da-f]*[.:])[\da-f.:]{2,45}(?:\/[\d.]{1,15})?`;
const ONE = `(?<ip>${ADDRESS})`;
/** Several, between blanks or commas. */
const MANY = `(?<ips>${ADDRESS}(?:[ ,]+${ADDRESS})*)`;
/** An address, and the mask or a router's wildcard behind it. */
const MASKED = String.raw`${ONE}(?: +(?<mask>\d{1,3}(?:\.\d{1,3}){3}))?`;
/** Daemons: any other word may stand before a version, a server's address, or one that is let in. */
const DAEMON =
  "(?:ALL|sshd?|dropbear|portmap|sendmail|postfix|dovecot|exim4?|nrpe|[\\w.-]*(?:ftp|telnet|smtp|imap|pop3|http|stat|lock|mount|nfs|smb|nmb|bind|login|rsh|finger|slap|snmp|ntp|cups|mysql|xinet|rsync|libvirt|vnc)d|(?:in|rpc)\\.\\w+|(?:vs|pro|pure-)?ftp|nfs|smtps?|imaps?|pop3s?)";
const END = String.raw`(?:\s*[#;].*)?$`;

const ENTRIES: readonly RegExp[] = [
  // Apache, hosts.deny, Caddy
  `(?:Require not ip|Deny from) ${MANY}${END}`,
  `${DAEMON}(?:, ?${DAEMON}){0,8} ?: ?${MANY}(?: ?: ?deny)?$`,
  `(?:@(?<name>[\\w-]{1,64}) +)?(?:remote|client)_ip +${MANY}$`,
  // YAML
  `- +(?<quote>["']?)${ONE}\\k<quote>${END}`,
  // ufw, iptables as commands
  `(?:sudo +)?ufw (?:insert \\d+ )?(?:deny|reject)(?: in)? from ${ONE}(?: to any)?$`,
  `(?:sudo +)?ip6?tables (?:-w )?-[AI] \\w+ (?:\\d+ )?(?:-[ip] \\w+ )?-s ${ONE} -j (?:DROP|REJECT)$`,
  // MikroTik
  `(?:/ip(?:v6)? firewall address-list )?add (?:(?!disabled=yes)[\\w-]+=(?:"[^"]*"|[^ "]*) )*?address=${ONE}(?: comment="?(?<note>[^"]*?)"?)?(?: [\\w-]+=(?:"[^"]*"|[^ "]*))*$`,
  // Cisco and its like
  `ip(?:v6)? prefix-list \\S+ (?:seq \\d+ )?deny ${ONE}(?: [gl]e \\d+)*$`,
  `(?:access-list \\d+ +deny +|\\d+ +deny +|deny +(?=ip |host ))(?:ip +)?(?:host +)?${MASKED}(?: +any)?(?: +log)?$`,
  `ip route ${MASKED} Null0(?: .*)?$`,
  `set policy-options prefix-list (?<name>\\S+) ${ONE}$`,
  `(?:ip route add )?(?:blackhole|unreachable|prohibit) ${ONE}(?: .*)?$`,
  // firewalld, IIS
  `(?:<entry>|<member><elem>)${ONE}(?:</entry>|</elem></member>)$`,
  `rule (?:family="ipv[46]" )?source address="${ONE}" (?:drop|reject)(?: .*)?$`,
  `<add ipAddress="${ONE}"(?: subnetMask="(?<mask>[\\d.]+)")? allowed="false" ?/>$`,
  // Snort and Suricata
  `(?:drop|reject|alert|block) (?:ip|tcp|udp) \\[?${MANY}\\]? any -> .*$`,
  // HAProxy's maps, Postfix' and sendmail's access tables
  `${ONE}\\s+(?:reject|deny|drop|discard|block)(?:\\s.*)?$`,
  // An address and its mask
  `(?<ip>\\d{1,3}(?:\\.\\d{1,3}){3}) +(?<mask>255\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})$`,
  `(?<ip>\\d{1,3}(?:\\.\\d{1,3}){3}/255\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})${END}`,
  // nginx' `geo` and `map`
  `"?${ONE}"?\\s+"?(?:1|yes|true|deny|block|bad)"?\\s*;(?:\\s*#\\s*(?<note>.*))?$`,
].map((source) => new RegExp(`^${source}`, "i"));

/** What stands beside such, and what lets addresses in. */
const BESIDE: readonly RegExp[] = [
  /^(?:order|satisfy|allow from|require(?! not)) .*$/i,
  // Only these: a page in place of a list is damage.
  /^<(?:\?xml|\/?(?:Require(?:All|Any|None)|Limit|Files|Directory|Location|IfModule|ipsets?|members|header|zone|option|short|ipSecurity))\b[^<>]*>(?:[^<>]*<\/short>)?$/,
  // ipset save -o xml
  /^<(type|revision|family|hashsize|bucketsize|initval|maxelem|timeout|memsize|references|numentries)>[\w:]*<\/\1>$/,
  /^(?:default\s+\S+|ranges|proxy(?:_recursive)?(?:\s+\S+)?)\s*;/i,
  /^(?:(?:geo|map)\s+[^;{]+\{|\})$/,
  /^! *[\da-f.:/]+$/i,
  /^[\da-f.:]{2,45}(?:\/\d{1,3})?\s+(?:ok|permit|allow|accept|relay|dunno)(?:\s.*)?$/i,
  /^(?:\/ip(?:v6)? firewall address-list )?add (?:.* )?disabled=yes(?: |$)/,
  /^\/ip(?:v6)? firewall address-list$/,
  /^(?:ip(?:v6)? prefix-list \S+ (?:seq \d+ )?(?:permit|description) |(?:access-list \d+ )?(?:\d+ )?(?:permit|remark) |ip access-list )/i,
  /^[A-Za-z][\w-]*:$/,
  /^-{3}$/,
];

const MIKROTIK_LIST = /^(?:\/ip.{0,40} )?add .*\blist="?([\w-]{1,64})/;

/** What such a line refuses, "nothing" where that is nobody, or null where it is none. */
export function readConfigLine(text: string): ToolLine[] | "nothing" | null {
  if (BESIDE.some((pattern) => pattern.test(text))) return "nothing";
  for (const entry of ENTRIES) {
    const groups = entry.exec(text)?.groups;
    if (groups === undefined) continue;
    const { ip, ips, mask, note = "", name = "" } = groups;
    const [, list = name] = MIKROTIK_LIST.exec(text) ?? [];
    if (namesLetIn(list)) return "nothing";
    const words = ips?.split(/[ ,]+/) ?? [ip!];
    return words.map((word) => ({
      ip: withLength(word, mask),
      note,
      seconds: "",
    }));
  }
  return null;
}

/** `192.0.2.0/24` of an address and its mask or wildcard; as it is if there is no such prefix. */
export function withLength(word: string, mask?: string): string {
  const [address = "", behind] = word.split("/");
  const text = mask ?? behind;
  if (text === undefined || !text.includes(".")) return word;
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => part > 255)) return word;
  const bits = parts.map((part) => part.toString(2).padStart(8, "0")).join("");
  const ones = /^1*0*$/.test(bits)
    ? bits.indexOf("0")
    : /^0*1+$/.test(bits)
    ? bits.indexOf("1")
    : NaN;
  if (Number.isNaN(ones)) return `${word}/${text}`;
  return `${address}/${ones < 0 ? 32 : ones}`;
}
