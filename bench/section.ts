import type { Figure } from "./figure.ts";

/** Options of a section. */
export interface BenchOptions {
  /** Fewer rounds and smaller sizes. */
  quick: boolean;
  /** Folder for temporary stores; each run creates one and removes it. */
  folder: string;
}

/** The exports of each file in `sections/`. A section runs in its own process. */
export interface Section {
  measure(options: BenchOptions): Promise<Figure[]>;
}

/** The sections in order, by file name, and what they measure. */
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

/** Sections that take minutes each, and only run if requested. */
export const LONG = [
  ...["fresh", "blocklist", "others", "reading", "job", "import", "login"],
  "start",
];
