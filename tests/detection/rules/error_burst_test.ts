import { MINUTE } from "../../../lib/base/duration.ts";
import { errorBurst } from "../../../lib/detection/rules/error_burst.ts";
import { holdsTo, spread } from "./_table.ts";

const TEN: [number, number] = [0, 10 * MINUTE - 1];
const failed = (count: number, status: number, span = TEN) =>
  spread(count, span, { status });

holdsTo(errorBurst(), {
  "31 server errors in 10 minutes": [failed(31, 500), "warning"],
  "31 bad gateways": [failed(31, 502), "warning"],
  "31 bad requests": [failed(31, 400), "warning"],
  "31 wrong methods": [failed(31, 405), "warning"],
  "31 addresses that are too long": [failed(31, 414), "warning"],
  "31 bodies of a type that is not read": [failed(31, 415), "warning"],
  "31 headers that are too large": [failed(31, 431), "warning"],
  "31 within a second": [failed(31, 500, [0, 999]), "warning"],
  "31 across a window's edge": [
    failed(31, 500, [8 * MINUTE, 12 * MINUTE]),
    "warning",
  ],
  "31 of several kinds": [
    [...failed(11, 500), ...failed(10, 400), ...failed(10, 404)],
    "warning",
  ],
  "31 among 1,000 that went well": [
    [...spread(1_000, TEN), ...failed(31, 503)],
    "info",
  ],
  "32, half as many of which went well": [
    [...spread(16, TEN), ...failed(32, 503)],
    "warning",
  ],
  "32, and a few more than half as many that went well": [
    [...spread(17, TEN), ...failed(32, 503)],
    "info",
  ],
  "16 missing pages and 16 errors": [
    [...failed(16, 404), ...failed(16, 500)],
    "info",
  ],
  "16 missing pages and 17 errors": [
    [...failed(16, 404), ...failed(17, 500)],
    "warning",
  ],
  "31 missing pages: for path_scanning to judge": [failed(31, 404), "info"],
  "20 missing pages and 11 errors": [
    [...failed(20, 404), ...failed(11, 500)],
    "info",
  ],
  "30 server errors": [failed(30, 500), null],
  "31 over 20 minutes": [failed(31, 500, [0, 20 * MINUTE - 1]), null],
  "60 over the hour": [failed(60, 500, [0, 60 * MINUTE - 1]), null],
  "1,000 that went well": [spread(1_000, TEN), null],
  "1,000 not modified": [failed(1_000, 304), null],
  "1,000 redirects": [failed(1_000, 301), null],
  "100 not signed in": [failed(100, 401), null],
  "100 of our own 403": [failed(100, 403), null],
  "100 over a limit": [
    spread(100, TEN, { status: 429, outcome: "limited" }),
    null,
  ],
  "100 that our blocklist refused": [
    spread(100, TEN, { status: 403, outcome: "blocked" }),
    null,
  ],
  "a form filled in wrongly 40 times": [failed(40, 422), null],
  "a page in trouble that a reader reloads": [failed(8, 500), null],
  "31 from 31 addresses": [
    Array.from(
      { length: 31 },
      (_, n) => spread(1, TEN, { status: 500, ip_address: `192.0.2.${n}` }),
    ).flat(),
    null,
  ],
});
