import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import fc from "fast-check";
import { createUser, insertUser } from "../../lib/accounts/create_user.ts";
import { login } from "../../lib/accounts/login.ts";
import { attempt, PASSWORD, setUp } from "./_accounts.ts";
import {
  foldUsername,
  shownUsername,
  usernameKey,
  usernameProblem,
} from "../../lib/accounts/usernames.ts";

Deno.test("spellings of one name fold to one account", async () => {
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
    "ひらがな",
    "ケイト1",
    "東京タワー",
    "김철수",
    "محمد",
    "สมชาย",
    "Đặng",
    "Łukasz",
    "ŋgũgĩ",
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
    // Invisible characters: variation selectors, joiners, fillers, vowels that are not written.
    "admin\ufe0f",
    "ad\u034fmin",
    "admin\u3164",
    "admin\u115f",
    "admin\u{e0101}",
    "admin\u17b4",
    "admin\u2060",
    "ad\ufeffmin",
    "admin\u200e",
    "admin\u180b",
    "admin\uffa0",
    "admin\u061c",
    "admin\u{1d173}",
    // Scripts and letters that are only used to imitate others.
    "ᎪᎠᎷᏆᏁ",
    "ꭰꮋ",
    "ᴀᴅᴍɪɴ",
    "admɪn",
    "ꜱam",
    "ɑdmin",
    "adⅿɩn",
    "ǃadmin",
    "ⲁⲇⲙⲓⲛ",
    "𐐪𐐬",
    "ꓮꓓꓟ",
    // Mixed scripts, in pairs.
    "admіn",
    "αdmin",
    "adminא",
    "admin১",
    "ada٣",
    "한ひ",
    "կadmin",
    "a\u0323\u0323b",
    "a\u0300\u0301\u0302\u0304\u0306b",
    // Marks of another script, of symbols and of notation.
    "admin\u0670",
    "admin\u064b",
    "admin\u0951",
    "admin\u1cd0",
    "admin\u3099",
    "admin\u302a",
    "admin\u20dd",
    "admin\u20d2",
    "admin\ufe20",
    "admin\u1ab0",
    "admin\u1dc4",
    "admin\u{1cf00}",
    "\u0430\u064b",
    "\u30ab\u0301\u0951",
    "a\u30fc",
  ];
  for (const name of bad) {
    const problem = usernameProblem(name);
    assert(problem !== null, name.slice(0, 80));
    assert(/^[A-Z].{10,90}\.$/.test(problem), problem);
  }
});

Deno.test("a long name becomes a short key", () => {
  const key = usernameKey("a".repeat(8_000));
  assertEquals(String(key.at(-1)).length, 64);
  assertNotEquals(key, usernameKey("a"));
});

Deno.test("A name that passes for an admin's is refused, whatever it is written with", async () => {
  await using t = await setUp();
  await createUser(t.deps, {
    username: "admin",
    password: PASSWORD,
    role: "admin",
  });
  await createUser(t.deps, { username: "coco", password: PASSWORD });
  for (
    const username of [
      "adm1n",
      "admln",
      "adrnin",
      "ádmin",
      "admiņ",
      "admin\u0332",
      "ADMİN",
    ]
  ) {
    await assertRejects(
      () => createUser(t.deps, { username, password: PASSWORD }),
      Error,
      undefined,
      username,
    );
  }
  // A name like another user's is not revealed, and a name that is like none is free.
  for (const username of ["сосо", "administrator", "madmin", "Админ"]) {
    await createUser(t.deps, { username, password: PASSWORD });
  }
});

Deno.test("A name that exists goes on logging in, whatever the rules say of it today", async () => {
  await using t = await setUp();
  for (const username of ["admin\ufe0f", "ᎪᎠᎷᏆᏁ", "ᴀᴅᴍɪɴ", "ken田中"]) {
    assert(usernameProblem(username) !== null);
    await insertUser(t.deps, {
      username,
      password_hash: await t.deps.hasher.hash(PASSWORD),
      role: "user",
    }, {});
    const result = await login(
      t.deps,
      attempt({ username, subject: username }),
    );
    assert(result.ok, username);
  }
});
