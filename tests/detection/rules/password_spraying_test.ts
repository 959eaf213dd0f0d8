import { MINUTE } from "../../../lib/base/duration.ts";
import { passwordSpraying } from "../../../lib/detection/rules/password_spraying.ts";
import { logins } from "./_logins.ts";
import { holdsTo } from "./_table.ts";

const HOURLONG: [number, number] = [0, 60 * MINUTE - 1];
const QUICK: [number, number] = [0, MINUTE];

holdsTo(passwordSpraying(), {
  "11 accounts, once each": [logins(11, HOURLONG), "warning"],
  "11 accounts within a minute": [logins(11, QUICK), "warning"],
  "11 accounts, twice each": [
    logins(22, HOURLONG, { accounts: 11 }),
    "warning",
  ],
  "11 accounts, five times each": [
    logins(55, HOURLONG, { accounts: 11 }),
    "warning",
  ],
  "11 accounts across half hours": [
    logins(11, [20 * MINUTE, 40 * MINUTE]),
    "warning",
  ],
  "11 accounts from one IPv6 address": [
    logins(11, HOURLONG, { ip: "2001:db8::1" }),
    "warning",
  ],
  "11 accounts, and many refusals over the limit": [
    [...logins(11, HOURLONG), ...logins(500, HOURLONG, { outcome: "limited" })],
    "warning",
  ],
  "12 accounts, one of them with success": [
    [
      ...logins(12, HOURLONG),
      ...logins(1, HOURLONG, { outcome: "success", first: 99 }),
    ],
    "warning",
  ],
  "40 accounts": [logins(40, HOURLONG), "warning"],
  "41 accounts": [logins(41, HOURLONG), "critical"],
  "500 accounts, one password": [logins(500, HOURLONG), "critical"],
  "11 accounts beside another's one": [
    [...logins(11, HOURLONG), ...logins(1, QUICK, { ip: "192.0.2.1" })],
    "warning",
  ],
  "10 accounts": [logins(10, HOURLONG), null],
  "one account, 200 times: that is brute force": [
    logins(200, HOURLONG, { accounts: 1 }),
    null,
  ],
  "11 accounts, six times each: that is brute force": [
    logins(66, QUICK, { accounts: 11 }),
    null,
  ],
  "11 accounts, 20 times each: that is brute force": [
    logins(220, HOURLONG, { accounts: 11 }),
    null,
  ],
  "a family's three mistyped names": [logins(3, HOURLONG), null],
  "an office of 60, twelve of whom mistype": [
    [
      ...logins(12, HOURLONG),
      ...logins(60, HOURLONG, { outcome: "success", first: 0 }),
    ],
    null,
  ],
  "100 right passwords": [
    logins(100, HOURLONG, { outcome: "success" }),
    null,
  ],
  "100 second factors": [logins(100, HOURLONG, { outcome: "code" }), null],
  "100 refusals over the limit, which were never checked": [
    logins(100, HOURLONG, { outcome: "limited" }),
    null,
  ],
  "11 accounts from eleven addresses": [
    Array.from(
      { length: 11 },
      (_, n) => logins(1, QUICK, { first: n, ip: `192.0.2.${n}` }),
    ).flat(),
    null,
  ],
  "11 accounts, most of them in the hour before": [
    logins(11, [-50 * MINUTE, 40 * MINUTE]),
    null,
  ],
  "no attempt at all": [[], null],
});
