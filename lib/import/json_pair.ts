import { readAnyJson } from "./any_json.ts";
import type { LogEntry } from "./entry.ts";

/** What ties the object of a request's begin to that of its end. */
const IDS = ["reqId", "req_id", "requestId", "request_id"];
/** So many requests may be under way at once; an older one has no end. */
const MOST = 1_000;

/**
 * Reads requests from objects of no known format; also those that are told in two, as Fastify does:
 * one with the request, one with the same id and its status.
 */
export class JsonPairs {
  readonly #open = new Map<string, Record<string, unknown>>();
  readonly #header: string;
  #last: Record<string, unknown> | null = null;
  #result: LogEntry | "note" | null = null;

  constructor(header: string) {
    this.#header = header;
  }

  read(json: Record<string, unknown>): LogEntry | "note" | null {
    // The same object may be read several times.
    if (json !== this.#last) {
      this.#last = json;
      this.#result = this.#read(json);
    }
    return this.#result;
  }

  #read(json: Record<string, unknown>): LogEntry | "note" | null {
    const entry = readAnyJson(json, this.#header);
    if (entry !== null) return entry;
    const name = IDS.find((name) => Object.hasOwn(json, name));
    if (name === undefined) return null;
    const id = String(json[name]);
    const begun = this.#open.get(id);
    if (begun === undefined) {
      // Whether it is a request's begin, a status of any kind tells.
      if (readAnyJson({ ...json, statuscode: 200 }) === null) return null;
      this.#open.set(id, json);
      if (this.#open.size > MOST) {
        this.#open.delete(this.#open.keys().next().value!);
      }
      return "note";
    }
    const whole = readAnyJson({ ...json, ...begun }, this.#header);
    if (whole === null) return "note";
    this.#open.delete(id);
    return whole;
  }
}
