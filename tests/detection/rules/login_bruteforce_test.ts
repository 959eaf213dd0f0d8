import { MINUTE } from "../../../lib/base/duration.ts";
import { loginBruteforce } from "../../../lib/detection/rules/login_bruteforce.ts";
import { holdsTo, spread } from "./_table.ts";

const wrong = { path: "/login", method: "POST", status: 401 };
const TEN: [number, number] = [0, 10 * MINUTE - 1];

holdsTo(loginBruteforce(), {
  "11 wrong passwords in 10 minutes": [spread(11, TEN, wrong), "warning"],
  "11 in one second": [spread(11, [0, 1_000], wrong), "warning"],
  "11 over the API": [
    spread(11, TEN, { ...wrong, path: "/api/login" }),
    "warning",
  ],
  "11 for /Login/ and /%6cogin": [
    [
      ...spread(6, TEN, { ...wrong, path: "/Login/" }),
      ...spread(5, TEN, { ...wrong, path: "/%6cogin" }),
    ],
    "warning",
  ],
  "11 across a window's edge": [
    spread(11, [8 * MINUTE, 12 * MINUTE], wrong),
    "warning",
  ],
  "11 at the hour's end": [
    spread(11, [59 * MINUTE, 60 * MINUTE - 1], wrong),
    "warning",
  ],
  "11 by hydra": [
    spread(11, TEN, { ...wrong, user_agent: "Mozilla/4.0 (Hydra)" }),
    "warning",
  ],
  "11 among a reader's pages": [
    [...spread(200, TEN), ...spread(11, TEN, wrong)],
    "warning",
  ],
  "11, then the right one": [
    [
      ...spread(11, TEN, wrong),
      ...spread(1, TEN, { ...wrong, status: 303 }),
    ],
    "warning",
  ],
  "30 in 10 minutes": [spread(30, TEN, wrong), "warning"],
  "31 in 10 minutes": [spread(31, TEN, wrong), "critical"],
  "5 a minute for an hour, as our limit lets through": [
    spread(300, [0, 60 * MINUTE - 1], wrong),
    "critical",
  ],
  "five in a row within seconds": [spread(5, [0, 4_000], wrong), "warning"],
  "four in a row within seconds": [spread(4, [0, 3_000], wrong), null],
  "five in a row, of somebody whom the app knows": [
    [
      ...spread(1, [0, 0], { username: "ann" }),
      ...spread(5, [1_000, 5_000], wrong),
    ],
    null,
  ],
  "10 wrong passwords in 10 minutes": [spread(10, TEN, wrong), null],
  "one mistyped password": [spread(1, TEN, wrong), null],
  "three mistyped passwords and the right one": [
    [...spread(3, TEN, wrong), ...spread(1, TEN, { ...wrong, status: 303 })],
    null,
  ],
  "11 spread over 20 minutes": [
    spread(11, [0, 20 * MINUTE], wrong),
    null,
  ],
  "40 over the whole hour": [spread(40, [0, 60 * MINUTE - 1], wrong), null],
  "100 looks at the form": [
    spread(100, TEN, { path: "/login" }),
    null,
  ],
  "100 right passwords of an office": [
    spread(100, TEN, { ...wrong, status: 303 }),
    null,
  ],
  "100 over our limit, which were never checked": [
    spread(100, TEN, { ...wrong, status: 429, outcome: "limited" }),
    null,
  ],
  "100 that our blocklist refused": [
    spread(100, TEN, { ...wrong, status: 403, outcome: "blocked" }),
    null,
  ],
  "100 calls of an API without a token": [
    spread(100, TEN, { path: "/api/requests", status: 401 }),
    null,
  ],
  "100 wrong passwords at a page that nobody named": [
    spread(100, TEN, { ...wrong, path: "/loginfo" }),
    "critical",
  ],
  "11 from eleven addresses": [
    Array.from(
      { length: 11 },
      (_, n) => spread(1, TEN, { ...wrong, ip_address: `192.0.2.${n}` }),
    ).flat(),
    null,
  ],
});
