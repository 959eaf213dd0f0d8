import { Engine, type EngineOptions } from "../../lib/policy/engine.ts";
import { readRules } from "../../lib/policy/read_rules.ts";
import type { Subject } from "../../lib/policy/request_subject.ts";
import { createNamer } from "../../lib/policy/subject_name.ts";

/** The example rules of the contract with users. */
export const EXAMPLE = `{ "rules": [
  { "name": "monitor", "allow": true,      "when": { "ip": ["192.0.2.7", "2001:db8:7::/48"], "path": "/status" } },
  { "name": "injections", "refuse": true,  "when": { "signal": ["sqli", "rce", "jndi"] } },
  { "name": "training", "refuse": true,    "when": { "bot": "ai-training" } },
  { "name": "doubtful", "challenge": true, "when": { "hosting": true, "not": { "path": ["/api/*", "/feed.xml"] } } },
  { "name": "api", "limit": "100/m",       "when": { "path": "/api/*", "method": ["GET", "POST"] }, "by": "ip" },
  { "name": "search", "limit": "10/s",     "when": { "path": "/search" }, "by": "user", "exact": false },
  { "name": "keys", "limit": "1000/h",     "by": "header:x-api-key" },
  { "name": "no-php", "block": "1h",       "when": { "path": "*.php", "status": 404 }, "after": "3 in 10m" },
  { "name": "flood", "block": "10m",       "after": "1200 in 1m" },
  { "name": "legacy", "track": true,       "when": { "path": "/v1/*" } } ] }`;

/** An ordinary request. */
export function subject(
  { fields = {}, ...own }: Partial<Subject> & {
    fields?: Record<string, string>;
  } = {},
): Subject {
  return {
    ip: "203.0.113.5",
    path: "/",
    method: "GET",
    host: "example.org",
    header: (name) => fields[name] ?? null,
    userAgent: "Mozilla/5.0",
    country: null,
    asn: null,
    hosting: null,
    bot: null,
    verified: null,
    user: null,
    signals: 0,
    ...own,
  };
}

/** An engine over rules, with unchanged addresses as names. */
export function engine(
  rules: readonly unknown[],
  options: Partial<EngineOptions> = {},
): Engine {
  return new Engine({
    rules: readRules(rules).rules,
    nameSubject: createNamer({ ipv6Prefix: 64 }),
    isCleared: () => false,
    ...options,
  });
}
