import { MINUTE } from "../../../lib/base/duration.ts";
import { slowRequest } from "../../../lib/detection/rules/slow_request.ts";
import { holdsTo, spread } from "./_table.ts";

const slow = { method: "POST", status: 408 };
const within10: [number, number] = [60_000, 9 * MINUTE];

holdsTo(slowRequest(), {
  "21 in ten minutes": [spread(21, within10, slow), "critical"],
  "60 at once": [spread(60, [0, 1_000], slow), "critical"],
  "200 in ten minutes": [spread(200, within10, slow), "critical"],
  "21 over a window's edge": [
    spread(21, [6 * MINUTE, 14 * MINUTE], slow),
    "critical",
  ],
  "of a head that never came": [
    spread(30, within10, { ...slow, method: "-", path: "-" }),
    "critical",
  ],
  "GET requests with a body": [
    spread(30, within10, { ...slow, method: "GET" }),
    "critical",
  ],
  "to many pages": [
    spread(30, within10, slow).map((one, n) => ({ ...one, path: `/${n}` })),
    "critical",
  ],
  "with some that arrive": [
    [...spread(40, within10, slow), ...spread(19, within10)],
    "critical",
  ],
  "of a bad line, where as many arrive": [
    [...spread(30, within10, slow), ...spread(30, within10)],
    "info",
  ],
  "of who is signed in": [
    [
      ...spread(30, within10, slow),
      ...spread(1, within10, { username: "ann" }),
    ],
    "info",
  ],
  "20 in ten minutes": [spread(20, within10, slow), null],
  "one": [spread(1, within10, slow), null],
  "none": [[], null],
  "40 in an hour": [spread(40, [0, 59 * MINUTE], slow), null],
  "30 in eighteen minutes": [spread(30, [0, 18 * MINUTE], slow), null],
  "30 that were answered": [spread(30, within10), null],
  "30 of the app's own timeouts": [spread(30, within10, { status: 504 }), null],
  "30 that the client broke off": [spread(30, within10, { status: 499 }), null],
  "30 missing pages": [spread(30, within10, { status: 404 }), null],
  "30 refused ones": [spread(30, within10, { status: 429 }), null],
  "30 that we blocked": [
    spread(30, within10, { ...slow, outcome: "blocked" }),
    null,
  ],
  "of 21 addresses": [
    spread(21, within10, slow).map((one, n) => ({
      ...one,
      ip_address: `203.0.113.${n}`,
    })),
    null,
  ],
});
