import { findUserByName, listUsers } from "../accounts/users.ts";
import { titleOf } from "../detection/incidents/incident.ts";
import { formatCidr, readCidr } from "../net/cidr.ts";
import { canonicalIp } from "../net/ip.ts";
import { parseReceipt } from "../lists/receipts.ts";
import { HELP } from "../settings/help.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { openIncidents } from "./open_incidents.ts";
import { pageRequests } from "../log/request_query.ts";
import { requestFilter } from "../log/request_filter.ts";
import { readTraffic, type Traffic } from "./traffic.ts";
import { DAY } from "../base/duration.ts";

/** One search result, and the page about it. */
export interface Hit {
  kind: string;
  name: string;
  /** Its kind, in a few words; null if the name says it. */
  about: string | null;
  /** Its requests in the last days; at least these if time ran out. */
  requests?: { count: number; isWhole: boolean };
  href: string;
}

/** The dependencies of a search besides the store. */
export interface SearchParts
  extends Pick<ConsoleParts, "kv" | "now" | "accounts" | "addresses"> {
  /** The address that a receipt was issued for, or null. */
  findReceipt: (receipt: string) => Promise<string | null>;
  /** Names of detection rules and of the policy's rules. */
  detectionRules: readonly { name: string; about: string }[];
  policyRules: readonly string[];
}

/** The period that is searched in the log, and the time limit, in milliseconds. */
const LOG_SPAN_MS = 7 * DAY;
const LOG_BUDGET_MS = 250;
const MAX_OF_KIND = 8;

const about = (params: Record<string, string>) =>
  `/admin/about?${new URLSearchParams(params)}`;

/**
 * The page that a text identifies, or null: an address, a range, an operator's number, a path, a
 * receipt.
 */
export async function exactHit(
  parts: Pick<SearchParts, "findReceipt" | "kv" | "now" | "addresses">,
  text: string,
): Promise<string | null> {
  const ip = canonicalIp(text);
  if (ip !== null) return `/admin/ip/${encodeURIComponent(ip)}`;
  const range = rangeOf(text);
  if (range !== null) return `/admin/ip/${encodeURIComponent(range)}`;
  if (/^AS\d{1,10}$/i.test(text)) return about({ asn: text.slice(2) });
  if (text.startsWith("/")) {
    // A path that was never requested may be the prefix of others.
    const isOther = !await isPath(parts, text) &&
      (await inLog(parts, "path", text)).totals.requests > 0;
    return isOther ? null : about({ path: text });
  }
  const receipt = parseReceipt(text);
  if (receipt !== null) {
    const address = await parts.findReceipt(receipt);
    if (address !== null) return `/admin/ip/${address}?receipt=${receipt}`;
  }
  return null;
}

/** All that a text may match: users, operators, paths, user agents, rules, settings, incidents. */
export async function searchAll(
  parts: SearchParts,
  text: string,
): Promise<Hit[]> {
  const { kv, now } = parts;
  const part = text.toLowerCase();
  const has = (name: string) => name.toLowerCase().includes(part);
  const [users, log, incidents] = await Promise.all([
    usersLike(parts, text),
    fromLog(parts, text),
    openIncidents(kv, now()),
  ]);
  const rules = parts.detectionRules.filter(({ name, about }) =>
    has(name) || has(name.replaceAll("_", " ")) || has(about)
  );
  const settings = Object.entries(HELP).filter(([name, { help }]) =>
    has(name) || has(name.replaceAll("_", " ")) || has(help)
  );
  const groups: Hit[][] = [
    users,
    incidents.filter((incident) => has(titleOf(incident))).map((incident) => ({
      kind: "Incident",
      name: titleOf(incident),
      about: null,
      href: `/admin/incidents/${incident.id}`,
    })),
    log,
    rules.map(({ name, about }) => ({
      kind: "Detection rule",
      name,
      about,
      href: `/admin/rules#${name}`,
    })),
    parts.policyRules.filter(has).map((name) => ({
      kind: "Policy rule",
      name,
      about: null,
      href: `/admin/policy#rule-${encodeURIComponent(name)}`,
    })),
    settings.map(([name, { help }]) => ({
      kind: "Setting",
      name,
      about: help,
      href: `/admin/health#${name}`,
    })),
  ];
  const hits = groups.flatMap((hits) => hits.slice(0, MAX_OF_KIND));
  // Matches of the name precede matches of the description.
  const isIt = ({ name }: Hit) => name.toLowerCase() === part;
  return [...hits.filter(isIt), ...hits.filter((hit) => !isIt(hit))];
}

async function usersLike(
  { accounts }: SearchParts,
  text: string,
): Promise<Hit[]> {
  const exact = await findUserByName(accounts, text);
  const { items } = await listUsers(accounts, { limit: 500, cursor: null });
  const like = items.filter(({ id, username }) =>
    id !== exact?.id && username.toLowerCase().includes(text.toLowerCase())
  );
  return [...exact ? [exact] : [], ...like].map(({ id, username, role }) => ({
    kind: "User",
    name: username,
    about: role,
    href: `/admin/users/${id}`,
  }));
}

type LogParts = Pick<SearchParts, "kv" | "now" | "addresses">;

/** Requests of the last days in which a field contains a text. */
async function inLog(
  { kv, now, addresses }: LogParts,
  field: "operator" | "path" | "user_agent",
  text: string,
): Promise<Traffic> {
  const filter = requestFilter(
    new URLSearchParams({ [field]: `~${text}` }),
    addresses,
  );
  return await readTraffic(kv, {
    ...{ since: now() - LOG_SPAN_MS, until: now() + 1, by: "day" },
    ...{ filter, top: MAX_OF_KIND, budgetMs: LOG_BUDGET_MS },
  }, now);
}

/** Whether this exact path was requested in the last days. */
async function isPath(
  { kv, now, addresses }: LogParts,
  path: string,
): Promise<boolean> {
  const { items } = await pageRequests(kv, {
    filter: requestFilter(new URLSearchParams({ path }), addresses),
    range: { from: now() - LOG_SPAN_MS },
    limit: 1,
  }, now);
  return items.length > 0;
}

/** Operators, paths and user agents of the last days' requests. */
async function fromLog(parts: SearchParts, text: string): Promise<Hit[]> {
  const [operators, paths, agents] = await Promise.all([
    inLog(parts, "operator", text),
    inLog(parts, "path", text),
    inLog(parts, "user_agent", text),
  ]);
  const of = (count: number, { counted_since, since }: Traffic) => ({
    about: null,
    requests: { count, isWhole: counted_since <= since },
  });
  return [
    ...operators.more.operators.map(({ name, asn, requests }) => ({
      kind: "Operator",
      name: `${name} (AS${asn})`,
      ...of(requests, operators),
      href: about({ asn: String(asn) }),
    })),
    ...paths.top.paths.map(({ name, requests }) => ({
      kind: "Path",
      name,
      ...of(requests, paths),
      href: about({ path: name }),
    })),
    ...agents.top.user_agents.map(({ name, requests }) => ({
      kind: "User agent",
      name,
      ...of(requests, agents),
      href: about({ user_agent: name }),
    })),
  ];
}

function rangeOf(text: string): string | null {
  const range = text.includes("/") ? readCidr(text) : null;
  return range && formatCidr(range);
}
