import {
  EXCEPT,
  EXCEPT_NAMES,
  FILTER_NAMES,
} from "../lib/log/request_filter.ts";
import { paramProblem } from "../lib/http/known_names.ts";
import { Refusal } from "../lib/base/refusal.ts";
import { AUDIT_FILTERS } from "../lib/console/audit_filter.ts";
import { INCIDENT_FILTERS } from "../lib/detection/incidents/filter.ts";
import { define } from "../utils.ts";

const LIST = ["limit", "cursor"];
const RANGE = ["range", "since", "until"];
const LOG = [...FILTER_NAMES, "since", "until"];

/** Parameters that may be repeated: filters that exclude values. */
const REPEATABLE = EXCEPT_NAMES.map((name) => name + EXCEPT);

/** The parameters of each page; a page that is not listed has none. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  "/profile": ["done"],
  "/profile/password": ["next"],
  "/profile/second-factor": ["done"],
  "/admin": [...RANGE, ...FILTER_NAMES, "sort", "all", "done", "undo"],
  "/admin/about": [...LIST, ...RANGE, ...FILTER_NAMES],
  "/admin/search": ["q"],
  "/admin/alerts": ["done", "add", "undo"],
  "/admin/audit": [...LIST, ...AUDIT_FILTERS, "done"],
  "/admin/audit/export": [...AUDIT_FILTERS, "format"],
  "/admin/bots": RANGE,
  "/admin/blocked": [
    ...LIST,
    ...["search", "receipt", "feeds", "done", "n", "left", "undo"],
  ],
  "/admin/blocked/confirm": ["token"],
  "/admin/blocked/operator": ["asn", "done", "undo"],
  "/admin/blocked/export": ["list"],
  "/admin/export/account": ["id"],
  "/admin/export/address": ["ip"],
  "/admin/feeds": [...LIST, "name", "url", "done", "undo"],
  "/admin/feeds/:name": ["done", "remove", "undo"],
  "/admin/incidents": [
    ...[...LIST, "view", "done", "n", "undo"],
    ...INCIDENT_FILTERS,
  ],
  "/admin/incidents/:id": ["preview", "done", "n", "undo"],
  "/admin/ip/:ip*": [...LIST, ...RANGE, "receipt", "done", "n", "undo"],
  "/admin/policy": ["done", "bot", "action", "without"],
  "/admin/requests": [...LIST, ...LOG, "range", "live", "open", "done"],
  "/admin/requests/export": [...LOG, "format"],
  "/admin/rules": [
    ...["rehearse", "since", "threshold", "window", "rule", "armed"],
    ...["done", "undo"],
  ],
  "/admin/suspicious": [
    ...LIST,
    ...["view", "sort", "severity", "rule", "ip"],
    ...["done", "bulk", "n", "undo", "flagged", "examined"],
  ],
  "/admin/logins": ["new", "result", "user", "country"],
  "/admin/users": [...LIST, "search", "done", "undo"],
  "/admin/users/:id": ["done"],
};

/** The parameters of each API call; a call that is not listed has none. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "GET /api/incidents": [
    ...[...LIST, "active", "state"],
    ...INCIDENT_FILTERS,
  ],
  "GET /api/limits": ["subject"],
  "GET /api/blocked": [...LIST, "search"],
  "GET /api/safelist": [...LIST, "search"],
  "GET /api/requests": [...LIST, ...LOG],
  "GET /api/requests/stream": [...FILTER_NAMES, "after"],
  "GET /api/stats": [...LOG, "by", "limit"],
  "GET /api/suspicious": [
    ...LIST,
    ...["active", "ip", "reason", "severity", "sort"],
  ],
  "DELETE /api/addresses/:ip": ["unblock"],
};

/** Routes whose filters can exclude values. */
const FILTERED = new Set([
  "/admin",
  "/admin/requests",
  "/admin/requests/export",
  "/api/requests",
  "/api/requests/stream",
  "/api/stats",
]);

/**
 * Refuses a parameter that the page or call does not know, with 400 and the nearest known one:
 * `?usernme=ann` must not return everybody's requests. Public pages are exempt: links on other
 * sites add parameters of their own to them.
 */
export const knownParams = define.middleware(function knownParams(ctx) {
  const params = ctx.url.searchParams;
  if (params.size === 0) return ctx.next();
  const route = ctx.route ?? "";
  const method = ctx.req.method === "HEAD" ? "GET" : ctx.req.method;
  const known = route.startsWith("/api/")
    ? CALLS[`${method} ${route}`] ?? []
    : [...PAGES[route] ?? [], "fresh-partial"];
  const repeatable = FILTERED.has(route) ? REPEATABLE : [];
  const problem = paramProblem(params, known, { repeatable });
  if (problem !== null) throw new Refusal("malformed", problem);
  // A page's form also sends empty fields; in a script's call an empty one means a lost value.
  if (route.startsWith("/api/")) refuseEmpty(params);
  else if (method === "GET") {
    const clean = withoutEmpty(ctx.url);
    if (clean !== null) return ctx.redirect(clean, 303);
  }
  return ctx.next();
});

function isEmpty(value: string): boolean {
  return value.trim() === "";
}

/** If a script's variable is empty, `?ip=` must not return everybody's requests either. */
function refuseEmpty(params: URLSearchParams): void {
  for (const [name, value] of params) {
    if (!isEmpty(value) || name === "cursor") continue;
    throw new Refusal(
      "malformed",
      `Cannot accept the parameter "${name}" without a value: leave it out, or say one`,
    );
  }
}

/** A page's URL without its empty parameters, for links to be shared; null if it has none. */
function withoutEmpty({ pathname, searchParams }: URL): string | null {
  const all = [...searchParams];
  const kept = all.filter(([, value]) => !isEmpty(value));
  if (kept.length === all.length) return null;
  const query = new URLSearchParams(kept).toString();
  return query ? `${pathname}?${query}` : pathname;
}

/**
 * Refuses every parameter, for public calls, which have none.
 *
 * @throws {Refusal} 400
 */
export function refuseParams({ searchParams }: URL): void {
  const problem = paramProblem(searchParams, []);
  if (problem !== null) throw new Refusal("malformed", problem);
}
