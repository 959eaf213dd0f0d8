/**
 * Paths used by programs: feeds, webhooks, APIs. Programs cannot solve a challenge, so these paths
 * are proposed as exceptions.
 *
 * @module
 */
import { botOf } from "../bots/bot_of.ts";

/** A path or prefix that is used almost only by programs. */
export interface ProgramPath {
  /** A glob for a rule's `not`. */
  path: string;
  requests: number;
}

/** The most paths that are distinguished. */
const MAX_PATHS = 2_000;
const MAX_FOUND = 8;
/** The fewest requests of programs for a proposal. */
const LEAST = 3;
/** The share of requests that must come from programs. */
const SHARE = 0.9;

interface Use {
  programs: number;
  others: number;
}

/** The columns of a log that {@linkcode ProgramPaths} reads. */
export interface ProgramRequest {
  /** Normalised, as the app sees it. */
  path: string;
  /** The status of the actual response. */
  status: number;
  user_agent: string | null;
}

/**
 * Counts the programs and other clients of each path, for requests that would have been challenged.
 */
export class ProgramPaths {
  readonly #paths = new Map<string, Use>();

  count({ path, status, user_agent }: ProgramRequest): void {
    // Only served paths that a glob can express are counted.
    if (status >= 400 || !/^\/[\w\-./~+@:=,;!$&'()]+$/.test(path)) return;
    let use = this.#paths.get(path);
    if (use === undefined) {
      if (this.#paths.size >= MAX_PATHS) return;
      this.#paths.set(path, use = { programs: 0, others: 0 });
    }
    if (isProgram(user_agent)) use.programs++;
    else use.others++;
  }

  /** The paths with the most requests, merged by their first segment if it has several. */
  found(): ProgramPath[] {
    const segments = new Map<string, Use & { paths: number }>();
    for (const [path, { programs, others }] of this.#paths) {
      const segment = firstSegment(path);
      if (segment === null) continue;
      const sum = segments.get(segment) ?? { programs: 0, others: 0, paths: 0 };
      sum.programs += programs;
      sum.others += others;
      sum.paths++;
      segments.set(segment, sum);
    }
    const found: ProgramPath[] = [];
    const covered = new Set<string>();
    for (const [segment, use] of segments) {
      if (use.paths < 2 || !isTheirs(use)) continue;
      covered.add(segment);
      found.push({ path: `${segment}/*`, requests: use.programs });
    }
    for (const [path, use] of this.#paths) {
      if (!isTheirs(use) || covered.has(firstSegment(path) ?? "")) continue;
      found.push({ path, requests: use.programs });
    }
    return found.sort((a, b) =>
      b.requests - a.requests || (a.path < b.path ? -1 : 1)
    ).slice(0, MAX_FOUND);
  }
}

function isTheirs({ programs, others }: Use): boolean {
  return programs >= LEAST && programs >= SHARE * (programs + others);
}

/** `/api` of `/api/users`; null for a path without a second segment. */
function firstSegment(path: string): string | null {
  const end = path.indexOf("/", 1);
  return end > 1 ? path.slice(0, end) : null;
}

/** Whether a user agent is that of an unattended program. */
function isProgram(userAgent: string | null): boolean {
  const bot = botOf(userAgent);
  if (bot !== null) return bot.category !== "headless";
  return userAgent !== null && userAgent !== "" &&
    !userAgent.startsWith("Mozilla/");
}
