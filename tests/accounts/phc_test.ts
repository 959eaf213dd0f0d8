import { assert, assertEquals } from "@std/assert";
import { formatPhc, parsePhc } from "../../lib/accounts/phc.ts";

const SALT = new Uint8Array(16).fill(1);
const HASH = new Uint8Array(32).fill(255);
const TEXT = "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$" +
  "//////////////////////////////////////////8";

Deno.test("formatPhc() and parsePhc() are each other's inverse", () => {
  const parts = { m: 19_456, t: 2, salt: SALT, hash: HASH };
  assertEquals(formatPhc(parts), TEXT);
  assertEquals(parsePhc(TEXT), parts);
});

Deno.test("parsePhc() refuses everything else", () => {
  const bad = [
    "",
    "hunter2",
    TEXT.replace("argon2id", "argon2i"),
    TEXT.replace("v=19", "v=16"),
    TEXT.replace("m=19456", "m=99999999"),
    TEXT.replace("m=19456,t=2,p=1", "t=2,m=19456,p=1"),
    TEXT.replace("p=1", "p=0"),
    TEXT.replace("p=1", "p=2"),
    TEXT.replace("$AQ", "$"),
    TEXT.replace("$AQ", "$AQAQ"),
    TEXT.slice(0, 45),
    TEXT + "=",
    TEXT + "\n",
    TEXT.replace("$AQ", "$!!"),
    "$2b$12$" + "a".repeat(53),
  ];
  for (const text of bad) assert(parsePhc(text) === null, text);
});
