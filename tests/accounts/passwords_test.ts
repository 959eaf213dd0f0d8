import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { createHasher } from "../../lib/accounts/passwords.ts";
import { cheapHasher, PASSWORD } from "./_accounts.ts";

Deno.test("hasher: argon2id with OWASP's parameters, salted, off the caller's thread", async () => {
  const hasher = createHasher();
  try {
    await hasher.dummyVerify(PASSWORD); // starts the worker
    let ticks = 0;
    const pulse = setInterval(() => ticks++, 1);
    const [a, b] = await Promise.all([
      hasher.hash(PASSWORD),
      hasher.hash(PASSWORD),
    ]);
    const checks = await Promise.all(
      Array.from({ length: 6 }, () => hasher.verify(PASSWORD, a!)),
    );
    clearInterval(pulse);
    assertMatch(a!, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
    assertNotEquals(a, b);
    for (const check of checks) {
      assertEquals(check, { ok: true, rehash: false });
    }
    // On this thread, each of the eight derivations would delay the timer.
    assertGreater(ticks, 20);
  } finally {
    await hasher.close();
  }
});

Deno.test("an unknown name costs as much as a wrong password", async () => {
  const hasher = createHasher();
  try {
    const phc = await hasher.hash(PASSWORD);
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let i = 0; i < 7; i++) {
      let from = performance.now();
      await hasher.verify("wrong password", phc);
      times.known.push(performance.now() - from);
      from = performance.now();
      await hasher.dummyVerify("wrong password");
      times.unknown.push(performance.now() - from);
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[3]!;
    const ratio = median(times.unknown) / median(times.known);
    assertGreater(ratio, 0.4);
    assertLess(ratio, 2.5);
  } finally {
    await hasher.close();
  }
});

Deno.test("the password is never altered", async () => {
  const hasher = cheapHasher();
  const spellings = ["Pässword ", "Pässword", "pässword ", "Pa\u0308ssword "];
  for (const password of spellings) {
    const phc = await hasher.hash(password);
    for (const other of spellings) {
      const { ok } = await hasher.verify(other, phc);
      assertEquals(ok, other === password);
    }
  }
});

Deno.test("hasher: a hash with other parameters is to be renewed", async () => {
  const old = cheapHasher();
  const phc = await old.hash(PASSWORD);
  const hasher = createHasher({ params: { m: 32, t: 1 } });
  try {
    assertEquals(await hasher.verify(PASSWORD, phc), {
      ok: true,
      rehash: true,
    });
    assertEquals(await hasher.verify("wrong password", phc), {
      ok: false,
      rehash: false,
    });
  } finally {
    await hasher.close();
  }
});

Deno.test("hasher: a hash that another implementation of argon2id made is good", async () => {
  // By hash-wasm 4.13.
  const phc = "$argon2id$v=19$m=64,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$" +
    "Jlt1o9UAPD9jBqGgsfECXr8N+oDr1AqcaeDAk0EqyAQ";
  const hasher = cheapHasher();
  assert((await hasher.verify("pässword hunter2", phc)).ok);
  assert(!(await hasher.verify("password hunter2", phc)).ok);
});

Deno.test("empty and overlong passwords cost nothing", async () => {
  const hasher = createHasher();
  const phc = await cheapHasher().hash(PASSWORD);
  // No worker is started: the sanitizers would report that it is not closed.
  for (const password of ["", "a".repeat(1_025), "a".repeat(5_000_000)]) {
    assertEquals((await hasher.verify(password, phc)).ok, false);
    await hasher.dummyVerify(password);
    await assertRejects(() => hasher.hash(password), RangeError, "Cannot hash");
  }
});

Deno.test("hasher: what is not a hash matches no password", async () => {
  const hasher = cheapHasher();
  for (const phc of ["", PASSWORD, "$argon2id$", "$2b$12$abc"]) {
    assert(!(await hasher.verify(PASSWORD, phc)).ok);
  }
});

Deno.test("hasher: an idle worker does not keep a task from ending", async () => {
  const script = `
    import { createHasher } from ${
    JSON.stringify(import.meta.resolve("../../lib/accounts/passwords.ts"))
  };
    await createHasher().hash("correct horse battery staple");
    console.log("done");`;
  const folder = new URL("../../", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "-"],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(20_000),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { success, stdout } = await child.output();
  assertEquals(new TextDecoder().decode(stdout), "done\n");
  assert(success);
});
