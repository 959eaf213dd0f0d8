import { HOUR } from "../../base/duration.ts";
import { BIT } from "../../signals/signal.ts";
import { compileProbePaths } from "../../signals/probe_paths.ts";
import type { RequestRecord } from "../../log/request_record.ts";
import { botOf } from "../../bots/bot_of.ts";
import { templateOf } from "../path_template.ts";
import type { Rule, Tally } from "../rule.ts";
import { counted, inTheHour } from "./words.ts";

/** From so many different probes on it is a warning; one or two may be a stray bookmark. */
const PROBES = 3;
/** A client that the app knows has so much more room. */
const ROOM = 5;
/** What a page of the site led to counts so much less. */
const LED_TO = 8;
/** Missing names in one folder beyond this are one client's list of what might be there. */
const MAX_SIBLINGS = 10;
/** So many names, in so many folders, are guesses at what runs here. */
const GUESSES = 30;
const PLACES = 8;
/** 400, 403, 405 and nginx's 444 are how some sites say that there is nothing. */
const MISSING = new Set([400, 403, 404, 405, 410, 444]);
/** What mail programs look for at every domain that they are set up for. */
const DISCOVERY =
  /^\/autodiscover\/|^\/microsoft-server-activesync|\/config-v1\.1\.xml$/i;
/** What WebDAV clients ask after before they make it. */
const LOOKS = new Set(["PROPFIND", "OPTIONS", "LOCK", "DELETE", "REPORT"]);

/**
 * Looking for what is not there: many distinct missing pages, or paths that scanners are known for
 * on an app that has none of them. OWASP Application Logging Vocabulary, `malicious_excess_404`;
 * CrowdSec's `http-probing` and `http-sensitive-files` have the same idea. Numbered siblings are one
 * page, what the client made afterwards is none, and what a page of the site led to counts little.
 */
export function pathScanning(): Rule {
  const isProbe = compileProbePaths();
  return {
    name: "path_scanning",
    about:
      "Many distinct missing pages, or well-known probe paths such as /wp-login.php where they do not exist.",
    severity: "warning",
    windowMs: HOUR,
    threshold: 20,
    markThreshold: 0,
    weight: 1,
    only: { status: (status) => MISSING.has(status) },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    distinct(record, site) {
      const { path, method, status } = record;
      if (isProbePath(record)) return `!${path.toLowerCase()}`;
      if (status !== 404 && status !== 410) {
        // A page that is kept from somebody is no page that is missing.
        if (status === 403 || method !== "GET") return null;
      }
      const template = templateOf(path);
      return site.ledTo(record) || LOOKS.has(method)
        ? `~${template}`
        : ` ${template}`;
    },
    marks: isProbePath,
    raise(tally) {
      const { values, threshold, client } = tally;
      const { probes, missing } = judged(values, client.created);
      const room = threshold * (client.accepted ? ROOM : 1);
      const isLost = client.succeeded === 0;
      if (isGuessing(tally)) return "critical";
      if (!client.accepted && probes > 0) {
        if (probes >= 10 || missing + probes > 4 * room) return "critical";
        if (probes >= (isLost ? PROBES - 1 : PROBES)) return "warning";
      }
      if (missing > room && client.succeeded < 3 * missing) return "warning";
      return probes > 0 || missing > threshold ? "info" : null;
    },
    explain({ values, client, window }) {
      const { probes, missing } = judged(values, client.created);
      const known = probes > 0
        ? `, ${counted(probes, "known vulnerable path")} among them`
        : "";
      return `${
        counted(probes + Math.round(missing), "missing page")
      }${known} ${inTheHour(window)}`;
    },
  };

  function isProbePath(
    record: RequestRecord,
  ): boolean {
    const { path, method } = record;
    if (LOOKS.has(method) || DISCOVERY.test(path)) return false;
    return isProbe(path) || (record.signals & BIT.probe) !== 0;
  }
}

/**
 * Whether somebody who calls himself a browser asks for names all over the place that are not there,
 * no page led to any, and hardly one is served: no person and no crawler does, but a tool that looks
 * which software runs here, under a borrowed name.
 */
function isGuessing({ values, client, evidence }: Tally): boolean {
  if (client.accepted || values.size < GUESSES) return false;
  const names = [...values].filter((value) => value[0] !== "~");
  if (names.length < GUESSES || client.succeeded * 4 > names.length) {
    return false;
  }
  const folders = new Set(
    names.map((value) => /^[ !](\/[^/]+)\//.exec(value)?.[1] ?? "/"),
  );
  return folders.size >= PLACES &&
    evidence.every(({ user_agent }) =>
      user_agent?.startsWith("Mozilla/") === true && botOf(user_agent) === null
    );
}

/** How many different probes, and how many missing pages that are worth it. */
function judged(
  values: ReadonlySet<string>,
  created: ReadonlySet<string>,
): { probes: number; missing: number } {
  const folders = new Map<string, number>();
  let probes = 0;
  let led = 0;
  for (const value of values) {
    const template = value.slice(1).replace(/(?<=.)\/+$/, "");
    if (value[0] === "!") probes++;
    else if (created.has(template)) continue;
    else if (value[0] === "~") led++;
    else {
      const folder = template.slice(0, template.lastIndexOf("/"));
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
  }
  let missing = led / LED_TO;
  for (const [folder, count] of folders) {
    missing += folder === "" ? count : Math.min(count, MAX_SIBLINGS);
  }
  return { probes, missing };
}
