import { readAnyJson } from "./any_json.ts";
import type { LogEntry } from "./entry.ts";

/** Ids that link the start object of a request to its end object. */
const IDS = ["reqId", "req_id", "requestId", "request_id"];
/** Limit of open requests; the oldest is dropped without an end. */
const MOST = 1_000;

/**
 * Reads requests from objects of unknown formats, also if split over two objects, as by Fastify:
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
      // Any status will do to test whether the object is the start of a request.
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
