import { assert, assertEquals } from "@std/assert";
import { COMMON_PASSWORDS } from "../../lib/accounts/common_passwords.ts";
import {
  isTooLong,
  passwordProblem,
} from "../../lib/accounts/password_rules.ts";

Deno.test("passwordProblem() accepts what is long and not common, of any characters", () => {
  const good = [
    "correct horse battery staple",
    "x7#Qp!0z",
    "        ",
    "        a",
    "ünïcödé!",
    "💩🐈💩🐈💩🐈💩🐈",
    "\0\x01\x02\x03\x04\x05\x06\x07",
    "zcvbnaqw",
    "a".repeat(1_024),
    "ä".repeat(512),
    crypto.randomUUID(),
  ];
  for (const password of good) {
    assertEquals(passwordProblem(password, "ada"), null, password);
  }
});

Deno.test("passwordProblem() says what to do about any other password", () => {
  const bad = [
    ["", "Use at least 8 characters in the password."],
    ["1234567", "Use at least 8 characters in the password."],
    ["💩🐈💩🐈💩🐈💩", "Use at least 8 characters in the password."],
    ["password", "one of the most common"],
    ["PassWord123", "one of the most common"],
    ["12345678", "one of the most common"],
    ["Corvette", "one of the most common"],
    ["slayer69", "one of the most common"],
    ["bologna1", "one of the most common"],
    ["Ada.Lovelace", "not the user name"],
    ["ada.lovelace ", "not the user name"],
    ["a".repeat(1_025), "at most 1024 bytes"],
    ["ä".repeat(513), "at most 1024 bytes"],
    ["a".repeat(10_000_000), "at most 1024 bytes"],
  ] as const;
  for (const [password, part] of bad) {
    const problem = passwordProblem(password, "ada.lovelace");
    assert(problem?.includes(part), `${password.slice(0, 40)}: ${problem}`);
  }
});

Deno.test("COMMON_PASSWORDS holds what another rule would not catch, in lower case", () => {
  assert(COMMON_PASSWORDS.size >= 3_000);
  for (const password of COMMON_PASSWORDS) {
    assert([...password].length >= 8, password);
    assertEquals(password, password.toLowerCase());
  }
  assert(!COMMON_PASSWORDS.has("correct horse battery staple"));
});

Deno.test("a password over 1 kB is told by its bytes", () => {
  assertEquals(isTooLong("a".repeat(1_024)), false);
  assertEquals(isTooLong("a".repeat(1_025)), true);
  assertEquals(isTooLong("ä".repeat(513)), true);
});
