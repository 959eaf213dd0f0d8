import type { SeenRequest } from "../lib/signals/signals.ts";

/** A single request with a verdict, as `tests/data/README.md` describes it. */
export interface Case {
  id: string;
  family: string;
  level: number;
  expect: "attack" | "harmless";
  method: string;
  target: string;
  version?: string;
  headers: Record<string, string | null>;
  body?: string;
  where: string[];
  also_level?: number;
  /** Signals that a careful guard may give a harmless request all the same. */
  tolerable?: string[];
}

/** What an ordinary client sends where a case says nothing else. */
const ORDINARY = {
  host: "www.example.org",
  "user-agent":
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-language": "en-US,en;q=0.5",
  "accept-encoding": "gzip, deflate, br",
};

/** Reads a file of `tests/data`. */
export async function readCases(name: string): Promise<Case[]> {
  const file = new URL(`../tests/data/${name}`, import.meta.url);
  const text = await Deno.readTextFile(file);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The request of a case, whole. */
export function requestOf(
  { method, target, version, headers, body }: Case,
): SeenRequest {
  const fields: Record<string, string | null> = { ...ORDINARY, ...headers };
  if (body !== undefined && fields["content-type"] === undefined) {
    fields["content-type"] = "application/x-www-form-urlencoded";
  }
  return {
    method,
    target,
    protocol: version,
    headers: Object.entries(fields).filter((field): field is [string, string] =>
      field[1] !== null
    ),
    body,
  };
}
