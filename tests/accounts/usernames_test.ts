import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import {
  foldUsername,
  shownUsername,
  usernameKey,
  usernameProblem,
} from "../../lib/accounts/usernames.ts";

Deno.test("pitfall 24: spellings of one name fold to one account", async () => {
  const same = [
    [
      "user@x",
      "User@x",
      "user@x ",
      "\tUSER@X\n",
      "ｕｓｅｒ＠ｘ",
      "\u3000ＵＳＥＲ@x",
    ],
    ["strasse", "straße", "STRASSE", "STRAẞE"],
    ["rené", "rene\u0301", "RENÉ"],
    ["ﬁona", "fiona", "FIONA"],
    ["①", "1"],
    ["οδος", "ΟΔΟΣ", "οδοσ"],
  ];
  for (const spellings of same) {
    const folded = new Set(spellings.map(foldUsername));
    assertEquals(folded.size, 1, [...folded].join(" "));
    const keys = await Promise.all(spellings.map(usernameKey));
    for (const key of keys) assertEquals(key, keys[0]);
  }
});

Deno.test("foldUsername() keeps different names apart", () => {
  const names = [
    "ada",
    "adb",
    "ad a",
    "a-da",
    "a.da",
    "аda",
    "ada1",
    "rene",
    "rené",
  ];
  assertEquals(new Set(names.map(foldUsername)).size, names.length);
});

Deno.test("foldUsername() of a folded name is the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (name) => {
      const folded = foldUsername(name);
      if (usernameProblem(name) === null) {
        assertEquals(foldUsername(folded), folded);
        assertEquals(foldUsername(shownUsername(name)), folded);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("usernameProblem() accepts names as people have them", () => {
  const names = [
    "a",
    "7",
    "ada",
    "Ada.Lovelace",
    "ada_l-1",
    "ada@example.org",
    "ada+test@example.org",
    "Ада",
    "Ελένη",
    "李小龍",
    "हिन्दी",
    "rené",
    " ada ",
    "ＡＤＡ",
    "a".repeat(64),
  ];
  for (const name of names) assertEquals(usernameProblem(name), null, name);
});

Deno.test("usernameProblem() says what to do about any other name", () => {
  const bad = [
    "",
    " ",
    "\u3000",
    "a b",
    "a\u00adb",
    "a\u200bb",
    "a\u202eb",
    "a\0b",
    "a\nb",
    "a/b",
    "a:b",
    'a"b',
    "<b>",
    "=1+1",
    "-2+3",
    "@ada",
    ".ada",
    "_ada",
    "\u0301a",
    "a💩",
    "аdmin",
    "Αdmin",
    "a".repeat(65),
    "ä".repeat(33),
    "\ufdfa".repeat(30),
    "a".repeat(1_000_000),
    "\ud800",
  ];
  for (const name of bad) {
    const problem = usernameProblem(name);
    assert(problem !== null, name.slice(0, 80));
    assert(/^[A-Z].{10,90}\.$/.test(problem), problem);
  }
});

Deno.test("pitfall 48: a long name becomes a short key", () => {
  const key = usernameKey("a".repeat(8_000));
  assertEquals(String(key.at(-1)).length, 64);
  assertNotEquals(key, usernameKey("a"));
});
