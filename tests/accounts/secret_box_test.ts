import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseSecretKey } from "../../lib/base/secret_key.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import {
  createSecretBox,
  openSecretBox,
} from "../../lib/accounts/secret_box.ts";
import {
  beginTotp,
  enableTotp,
  getTotpSetup,
  spendCode,
  type Totp,
} from "../../lib/accounts/second_factor.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import { keys } from "../../lib/store/keys.ts";
import { PASSWORD, setUp } from "./_accounts.ts";

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);

Deno.test("A box opens what it sealed, for whom it sealed it and with that key alone", () => {
  const box = createSecretBox(KEY);
  const secret = new Uint8Array([1, 2, 3]);
  const sealed = box.seal(secret, "ada");
  assertEquals(box.open(sealed, "ada"), secret);
  assertEquals(box.open(sealed, "bob"), null);
  assertEquals(createSecretBox(OTHER).open(sealed, "ada"), null);
  assertEquals(createSecretBox(OTHER, KEY).open(sealed, "ada"), secret);
  assert(createSecretBox(OTHER, KEY).isStale(sealed));
  assert(!box.isStale(sealed));
  for (let i = 0; i < sealed.bytes.length; i++) {
    const bytes = sealed.bytes.slice();
    bytes[i]! ^= 1;
    assertEquals(box.open({ ...sealed, bytes }, "ada"), null, `byte ${i}`);
  }
  assertEquals(box.open({ ...sealed, bytes: new Uint8Array(5) }, "ada"), null);
});

Deno.test("parseSecretKey() takes 32 bytes in base64 or hexadecimal, and does not repeat others", () => {
  assertEquals(parseSecretKey(KEY.toHex()), KEY);
  assertEquals(parseSecretKey(KEY.toBase64()), KEY);
  assertEquals(parseSecretKey(KEY.toBase64({ alphabet: "base64url" })), KEY);
  for (const text of ["", "swordfish", KEY.toHex() + "00", "é".repeat(32)]) {
    const error = assertThrows(() => parseSecretKey(text), RangeError);
    assert(text === "" || !error.message.includes(text));
  }
});

Deno.test("A store that is a file has one key beside it, for its owner alone, whoever makes it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kvPath = `${folder}/store.db`;
    const boxes = await Promise.all(
      Array.from(
        { length: 10 },
        () => openSecretBox({ kvPath, secretKey: null }),
      ),
    );
    const sealed = boxes[0]!.seal(KEY, "ada");
    for (const box of boxes) assertEquals(box!.open(sealed, "ada"), KEY);
    const { mode } = await Deno.stat(`${kvPath}.key`);
    assertEquals(mode! & 0o777, 0o600);
    assertEquals(
      Array.from(Deno.readDirSync(folder), ({ name }) => name),
      ["store.db.key"],
    );
    // SECRET_KEY encrypts from then on, and secrets encrypted with the file are still read.
    const both = await openSecretBox({ kvPath, secretKey: OTHER });
    assertEquals(both!.open(sealed, "ada"), KEY);
    assert(both!.isStale(sealed));
    await Deno.writeTextFile(`${kvPath}.key`, "no key\n");
    await assertRejects(
      () => openSecretBox({ kvPath, secretKey: null }),
      Error,
      "store.db.key",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A store elsewhere has no key but SECRET_KEY", async () => {
  for (const kvPath of [":memory:", ":default:", "https://kv.example"]) {
    assertEquals(await openSecretBox({ kvPath, secretKey: null }), null);
    assert(await openSecretBox({ kvPath, secretKey: KEY }) !== null);
  }
});

/** All values of the store that contain `bytes` in plain. */
async function holders(kv: Deno.Kv, bytes: Uint8Array): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, value } of kv.list({ prefix: [] })) {
    const walk = (each: unknown): boolean =>
      each instanceof Uint8Array
        ? each.toHex().includes(bytes.toHex())
        : typeof each === "object" && each !== null &&
          Object.values(each).some(walk);
    if (walk(value)) found.push(String(key[0]));
  }
  return found;
}

Deno.test("The key of a second factor is never stored as it is where there is a box", async () => {
  await using t = await setUp();
  const store = { ...t.deps, box: createSecretBox(KEY) };
  const { id } = await createUser(store, {
    username: "ada",
    password: PASSWORD,
  });
  const secret = await beginTotp(store, id);
  assertEquals(await holders(t.kv, secret), []);
  assertEquals(await getTotpSetup(store, id), secret);
  const code = (ahead: number) =>
    totpCode(secret, Math.floor(t.clock.time / 30_000) + ahead);
  assert(await enableTotp(store, id, code(0)));
  assertEquals(await holders(t.kv, secret), []);
  assert(await spendCode(store, id, code(1)));
  assertEquals(await holders(t.kv, secret), []);
});

Deno.test("A key that was stored as it is stays readable and is encrypted when it is next used", async () => {
  await using t = await setUp();
  const { id } = await createUser(t.deps, {
    username: "ada",
    password: PASSWORD,
  });
  const secret = await beginTotp(t.deps, id);
  const step = () => Math.floor(t.clock.time / 30_000);
  const enabled = await enableTotp(t.deps, id, totpCode(secret, step()));
  assertEquals(await holders(t.kv, secret), ["totp"]);

  const first = { ...t.deps, box: createSecretBox(KEY) };
  t.clock.time += 60_000;
  assert(await spendCode(first, id, totpCode(secret, step())));
  assertEquals(await holders(t.kv, secret), []);
  // With another key in use it is encrypted again; the old one is then useless.
  const second = { ...t.deps, box: createSecretBox(OTHER, KEY) };
  t.clock.time += 60_000;
  assert(await spendCode(second, id, totpCode(secret, step())));
  const { value } = await t.kv.get<Totp>(keys.totp(id));
  assert(value && "sealed" in value);
  assertEquals(first.box.open(value.sealed, id), null);
  // Without any key an app's code is wrong, and a recovery code is valid.
  t.clock.time += 60_000;
  assert(!await spendCode(t.deps, id, totpCode(secret, step())));
  assert(await spendCode(t.deps, id, enabled!.codes[0]!));
});
