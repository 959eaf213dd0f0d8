import { HOUR } from "../../base/duration.ts";
import { memo } from "../../base/memo.ts";
import { BIT } from "../../signals/signal.ts";
import { compileProbePaths } from "../../signals/probe_paths.ts";
import type { RequestRecord } from "../../log/request_record.ts";
import { botOf } from "../../bots/bot_of.ts";
import { isEntrance } from "../entrances.ts";
import { templateOf } from "../path_template.ts";
import type { Rule, Tally } from "../rule.ts";
import { counted, inTheHour } from "./words.ts";

/** From this many different probes on it is a warning; fewer may be an old bookmark. */
const PROBES = 3;
/** A passer-by sends at most this many requests for missing pages, and gets at most two others. */
const PASSING = 5;
const OTHERS = 2;
/** An accepted client has this multiple of the limit. */
const ROOM = 5;
/** Requests that a page of the site led to count this much less. */
const LED_TO = 8;
/** The most missing names that count in one folder: the rest is one client's list of guesses. */
const MAX_SIBLINGS = 10;
/** This many names in this many folders are guesses at the installed software. */
const GUESSES = 30;
const PLACES = 8;
/** Some sites answer with 400, 403, 405 or nginx's 444 for missing pages. */
const MISSING = new Set([400, 403, 404, 405, 410, 444]);
/** What is known about a path is remembered for the last ones. */
const MAX_PATHS = 2_048;
const LONGEST_PATH = 256;
/** Paths that mail programs request at every domain they are configured for. */
const DISCOVERY =
  /^\/autodiscover\/|^\/microsoft-server-activesync|\/config-v1\.1\.xml$/i;
/** Methods by which WebDAV clients check a path before they create it. */
const LOOKS = new Set(["PROPFIND", "OPTIONS", "LOCK", "DELETE", "REPORT"]);

/**
 * Requests for missing pages: many distinct ones, or paths that scanners are known for, on an app
 * that has none of them. OWASP Application Logging Vocabulary, `malicious_excess_404`; CrowdSec's
 * `http-probing` and `http-sensitive-files` are similar. Numbered siblings count as one page, pages
 * that the client created later do not count, and pages that the site itself led to count little.
 */
export function pathScanning(): Rule {
  const isKnown = compileProbePaths();
  const about = memo(
    (path) => ({
      isProbe: isKnown(path),
      isDiscovery: DISCOVERY.test(path),
      template: templateOf(path),
    }),
    MAX_PATHS,
    LONGEST_PATH,
  );
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
      const isGone = status === 404 || status === 410;
      if (isProbePath(record)) {
        return `!${isGone ? gradeOf(record) : "."}${path.toLowerCase()}`;
      }
      if (isGone && isLoneEntrance(record)) return `?${path.toLowerCase()}`;
      if (!isGone) {
        // A forbidden page is not a missing page.
        if (status === 403 || method !== "GET") return null;
      }
      const { template } = about(path);
      return site.ledTo(record) || LOOKS.has(method)
        ? `~${template}`
        : ` ${template}`;
    },
    marks: (record) => isProbePath(record) || isLoneEntrance(record),
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
      if (isPassing(tally)) return "warning";
      if (missing > room && client.succeeded < 3 * missing) return "warning";
      return probes > 0 || missing > threshold ? "info" : null;
    },
    explain({ values, client, window }) {
      const { probes, entrances, missing } = judged(values, client.created);
      const known = probes + entrances > 0
        ? `, ${counted(probes + entrances, "known vulnerable path")} among them`
        : "";
      return `${
        counted(probes + Math.round(missing), "missing page")
      }${known} ${inTheHour(window)}`;
    },
  };

  function isProbePath(
    record: RequestRecord,
  ): boolean {
    if (LOOKS.has(record.method)) return false;
    const { isProbe, isDiscovery } = about(record.path);
    return !isDiscovery && (isProbe || (record.signals & BIT.probe) !== 0);
  }
}

/** `o` if only scanners request a path, `e` if it is a product's entrance, `.` for any other. */
function gradeOf(record: RequestRecord): string {
  if (record.referrer !== null) return ".";
  if ((record.signals & BIT.probe) !== 0) return "o";
  return isLoneEntrance(record) ? "e" : ".";
}

/** Whether a request, without any link, is for the entrance of a product that scanners look for. */
function isLoneEntrance(
  { path, method, referrer }: RequestRecord,
): boolean {
  return referrer === null && !LOOKS.has(method) && isEntrance(path);
}

/**
 * Whether a client asks for what only scanners ask for, or for nothing but the entrances of
 * products that are not there: most scanners send one or two requests, and a person's browser asks
 * for more than that, at least for an icon.
 */
function isPassing({ values, matched, client, evidence }: Tally): boolean {
  if (client.accepted || !evidence.every(isAnybody)) return false;
  const all = [...values];
  if (all.some((value) => value.startsWith("!o"))) {
    return client.succeeded === 0 ||
      client.succeeded <= OTHERS &&
        evidence.every(({ user_agent }) => botOf(user_agent) === null);
  }
  return client.succeeded === 0 && matched <= PASSING &&
    all.every((value) => OF_PASSERS.test(value)) &&
    all.some((value) => value[0] !== " ");
}

/** Entrances, the start page and the page for crawlers. */
const OF_PASSERS = /^(?:!e|\?| \/(?:robots\.txt)?$)/;

/**
 * Whether a request has no user agent, or one of a browser or of a program for any purpose, as
 * scanners do. Crawlers follow old links, and a program under its own name was set up for a product.
 */
function isAnybody({ user_agent }: Tally["evidence"][number]): boolean {
  const bot = botOf(user_agent);
  if (bot !== null) {
    return bot.category === "tool" || bot.category === "headless";
  }
  return user_agent === null || user_agent === "-" ||
    user_agent.startsWith("Mozilla/");
}

/**
 * Whether a client with a browser's user agent requests missing pages in many folders, without any
 * link to them and hardly ever with success. No person and no crawler does that, but a tool that
 * looks for installed software under a false user agent.
 */
function isGuessing({ values, client, evidence }: Tally): boolean {
  if (client.accepted || values.size < GUESSES) return false;
  const names = [...values].filter((value) => value[0] !== "~");
  if (names.length < GUESSES || client.succeeded * 4 > names.length) {
    return false;
  }
  const folders = new Set(
    names.map((value) => /^(?:[ ?]|!.)(\/[^/]+)\//.exec(value)?.[1] ?? "/"),
  );
  return folders.size >= PLACES &&
    evidence.every(({ user_agent }) =>
      user_agent?.startsWith("Mozilla/") === true && botOf(user_agent) === null
    );
}

/**
 * The number of different probes, and the weighted number of other missing pages, with those that
 * are entrances of products.
 */
function judged(
  values: ReadonlySet<string>,
  created: ReadonlySet<string>,
): { probes: number; entrances: number; missing: number } {
  const folders = new Map<string, number>();
  const probes = new Set<string>();
  let entrances = 0;
  let led = 0;
  for (const value of values) {
    if (value[0] === "?") entrances++;
    const template = value.slice(1).replace(/(?<=.)\/+$/, "");
    if (value[0] === "!") probes.add(value.slice(2));
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
  return { probes: probes.size, entrances, missing };
}
