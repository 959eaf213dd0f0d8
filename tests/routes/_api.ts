import { assert, assertEquals } from "@std/assert";
import { pageRequests } from "../../lib/log/request_query.ts";
import type { TestApp } from "../_app.ts";
import { type RequestRecord, UNKNOWN } from "../../lib/log/request_record.ts";

/** Checks that a response is a problem by RFC 9457; resolves to its `detail`. */
export async function assertProblem(
  response: Response,
  status: number,
): Promise<string> {
  const text = await response.text();
  assertEquals(response.status, status, text);
  assertEquals(
    response.headers.get("content-type"),
    "application/problem+json",
  );
  assertEquals(response.headers.get("cache-control"), "no-store");
  const problem = JSON.parse(text);
  assertEquals(problem.status, status);
  assertEquals(problem.type, "about:blank");
  assert(typeof problem.title === "string" && problem.title !== "");
  assert(!/\bat .*\.tsx?:\d/.test(text), `no stack: ${text}`);
  return problem.detail ?? "";
}

/** Checks a success and resolves to its JSON. */
// deno-lint-ignore no-explicit-any
export async function json(response: Response, status = 200): Promise<any> {
  const text = await response.text();
  assertEquals(response.status, status, text);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("cache-control"), "no-store");
  return JSON.parse(text);
}

/** A request in the log. */
export function record(change: Partial<RequestRecord> = {}): RequestRecord {
  return {
    ...UNKNOWN,
    timestamp: Date.UTC(2026, 0, 5, 11, 30),
    ip_address: "203.0.113.9",
    method: "GET",
    path: "/",
    status: 200,
    duration_ms: 1.5,
    country_code: null,
    city: null,
    user_agent:
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    referrer: null,
    username: null,
    outcome: "allowed",
    ...change,
  };
}

/** Stores requests as if they had been received. */
export async function store(
  app: TestApp,
  records: RequestRecord[],
): Promise<void> {
  for (const each of records) app.services.log.append(each);
  await app.services.log.flush();
}

/** The log, oldest first, as `METHOD path status outcome user`. */
export async function logged(app: TestApp): Promise<string[]> {
  await app.services.log.flush();
  const page = await pageRequests(
    app.services.kv,
    { limit: 500 },
    app.services.now,
  );
  return page.items.map(({ method, path, status, outcome, username }) =>
    `${method} ${path} ${status} ${outcome} ${username ?? "-"}`
  ).reverse();
}
