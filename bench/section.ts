import type { Figure } from "./figure.ts";

/** How a section measures. */
export interface BenchOptions {
  /** Fewer rounds and smaller sizes. */
  quick: boolean;
  /** Where temporary stores lie; the whole run has one and removes it. */
  folder: string;
}

/** What each file in `sections/` exports. A section runs in a process of its own. */
export interface Section {
  measure(options: BenchOptions): Promise<Figure[]>;
}

/** The sections in their order, by the names of their files, and what they measure. */
export const SECTIONS: Record<string, string> = {
  cost: "Processor time that the guard adds to a request",
  latency: "Latency that the guard adds at half the rate that saturates",
  minute: "The jobs of each minute on a busy site",
  proxy: "Proxy mode beside other proxies, by processor time",
  workers: "What a second process brings on this machine",
  kv:
    "What the bare store does on this machine: the limit of much that follows",
  fresh: "Fresh, as linked, beside a bare Deno.serve",
  guard: "What the guard costs in throughput and latency",
  signals: "Seeing what a request shows when it arrives",
  policy: "Rules, limits in memory, and solutions of challenges",
  blocklist: "A blocklist of a million entries",
  others: "The guard beside express and hono with theirs",
  log: "Writing the request log",
  reading: "Reading a large request log",
  job: "The detection job over one hour of requests",
  import: "Importing access logs, GoAccess beside it",
  geo: "Geolocation",
  login: "Logins",
  start: "Start and memory",
};

/** Those that take minutes each, and are left out unless they are asked for. */
export const LONG = [
  ...["fresh", "blocklist", "others", "reading", "job", "import", "login"],
  "start",
];
