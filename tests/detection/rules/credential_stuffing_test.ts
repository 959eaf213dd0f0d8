import { MINUTE } from "../../../lib/base/duration.ts";
import { credentialStuffing } from "../../../lib/detection/rules/credential_stuffing.ts";
import { logins } from "./_logins.ts";
import { holdsTo } from "./_table.ts";

const HOURLONG: [number, number] = [0, 60 * MINUTE - 1];
const QUICK: [number, number] = [0, MINUTE];
const hits = (count: number, span = HOURLONG) =>
  logins(count, span, { outcome: "success", first: 1_000 });

holdsTo(credentialStuffing(), {
  "11 wrong accounts and a right one": [
    [...logins(11, HOURLONG), ...hits(1)],
    "critical",
  ],
  "11 wrong and a right one within a minute": [
    [...logins(11, QUICK), ...hits(1, QUICK)],
    "critical",
  ],
  "11 wrong, five right": [[...logins(11, HOURLONG), ...hits(5)], "critical"],
  "200 wrong, two right, as stolen lists have it": [
    [...logins(200, HOURLONG), ...hits(2)],
    "critical",
  ],
  "a right password without the second factor": [
    [
      ...logins(20, HOURLONG),
      ...logins(1, HOURLONG, { outcome: "code", first: 50 }),
    ],
    "critical",
  ],
  "the right one first": [
    [...hits(1, [0, 1]), ...logins(11, [10, HOURLONG[1]])],
    "critical",
  ],
  "a try, then the same account again with success": [
    [
      ...logins(15, HOURLONG),
      ...logins(1, HOURLONG, { outcome: "success", first: 3 }),
    ],
    "critical",
  ],
  "several tries for each account": [
    [...logins(60, HOURLONG, { accounts: 12 }), ...hits(2)],
    "critical",
  ],
  "across half hours": [
    [
      ...logins(11, [20 * MINUTE, 40 * MINUTE]),
      ...hits(1, [30 * MINUTE, 31 * MINUTE]),
    ],
    "critical",
  ],
  "from one IPv6 address": [
    [
      ...logins(11, HOURLONG, { ip: "2001:db8::1" }),
      ...logins(1, QUICK, {
        outcome: "success",
        first: 77,
        ip: "2001:db8::1",
      }),
    ],
    "critical",
  ],
  "10 wrong accounts and a right one": [
    [...logins(10, HOURLONG), ...hits(1)],
    null,
  ],
  "100 wrong accounts and no right one: that is spraying": [
    logins(100, HOURLONG),
    null,
  ],
  "one account, 50 wrong and one right": [
    [
      ...logins(50, HOURLONG, { accounts: 1 }),
      ...logins(1, HOURLONG, { outcome: "success" }),
    ],
    null,
  ],
  "an office of 60, twelve of whom mistype": [
    [...logins(12, HOURLONG), ...hits(60)],
    null,
  ],
  "an office of 11 who all mistype once": [
    [
      ...logins(11, HOURLONG),
      ...logins(11, HOURLONG, { outcome: "success" }),
    ],
    null,
  ],
  "100 right ones": [hits(100), null],
  "a mistyped password, then the right one": [
    [...logins(1, QUICK), ...logins(1, QUICK, { outcome: "success" })],
    null,
  ],
  "100 over the limit and a right one": [
    [...logins(100, HOURLONG, { outcome: "limited" }), ...hits(1)],
    null,
  ],
  "wrong ones here, the right one elsewhere": [
    [
      ...logins(20, HOURLONG),
      ...logins(1, QUICK, { outcome: "success", ip: "192.0.2.1" }),
    ],
    null,
  ],
  "most of the wrong ones in the hour before": [
    [
      ...logins(11, [-50 * MINUTE, 40 * MINUTE]),
      ...hits(1, [20 * MINUTE, 21 * MINUTE]),
    ],
    null,
  ],
  "no attempt at all": [[], null],
});
