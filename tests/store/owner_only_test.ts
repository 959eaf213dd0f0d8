import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkAtRest } from "../../lib/doctor/at_rest.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { openKv } from "../../lib/store/open.ts";
import { makeOwnerOnly, readableByOthers } from "../../lib/store/owner_only.ts";

async function modesIn(folder: string): Promise<string[]> {
  const modes: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const { mode } = await Deno.stat(`${folder}/${name}`);
    modes.push(`${name} ${(mode! & 0o777).toString(8)}`);
  }
  return modes.sort();
}

Deno.test("A store that is a file is its owner's alone, with all that SQLite makes beside it", async () => {
  const folder = await Deno.makeTempDir();
  const umask = Deno.umask(0o022);
  try {
    const kv = await openKv(`${folder}/store.db`);
    await kv.set(["a"], 1);
    const modes = await modesIn(folder);
    kv.close();
    assert(modes.length >= 2, String(modes));
    for (const each of modes) assert(each.endsWith(" 600"), each);
  } finally {
    Deno.umask(umask);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A new store has no moment in which others could open it: there is nothing to take from them", async () => {
  const folder = await Deno.makeTempDir();
  const umask = Deno.umask(0);
  const { chmod } = Deno;
  const changed: string[] = [];
  Deno.chmod = (path, mode) => {
    changed.push(String(path));
    return chmod(path, mode);
  };
  try {
    (await openKv(`${folder}/store.db`)).close();
    assertEquals(changed, []);
  } finally {
    Deno.chmod = chmod;
    Deno.umask(umask);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A store that others could read is taken from them when it is opened", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/store.db`;
  const umask = Deno.umask(0o022);
  try {
    const before = await Deno.openKv(path);
    await before.set(["a"], 1);
    for (const name of ["", "-wal", "-shm"]) {
      await Deno.chmod(path + name, 0o644);
    }
    assertEquals(await readableByOthers(path), [
      path,
      `${path}-wal`,
      `${path}-shm`,
    ]);
    const [bad] = await checkAtRest({ config: parseConfig({ KV_PATH: path }) });
    assertEquals(bad!.level, "bad");
    assert(bad!.fix!.startsWith("chmod 600 "));
    const kv = await openKv(path);
    assertEquals(await readableByOthers(path), []);
    const [good] = await checkAtRest({
      config: parseConfig({ KV_PATH: path }),
    });
    assertEquals(good!.level, "ok");
    assertEquals((await kv.get(["a"])).value, 1);
    kv.close();
    before.close();
  } finally {
    Deno.umask(umask);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Where files have no modes, the doctor does not say that only their owner can read them", async () => {
  const config = parseConfig({ KV_PATH: "data/portcullis.db" });
  const [files] = await checkAtRest({ config }, "windows");
  assertEquals([files!.title, files!.level], ["Files", "ok"]);
  assertStringIncludes(files!.detail, "not looked at");
  for (const os of ["linux", "darwin"] as const) {
    const [files] = await checkAtRest({ config }, os);
    assertStringIncludes(files!.detail, "Only their owner");
  }
});

Deno.test("The doctor warns of secrets that are stored as they are", async () => {
  const levelOf = async (env: Record<string, string>) =>
    (await checkAtRest({ config: parseConfig(env) })).at(-1)?.level;
  const remote = { KV_PATH: "https://kv.example" };
  assertEquals(await levelOf(remote), "warn");
  const key = new Uint8Array(32).toHex();
  assertEquals(await levelOf({ ...remote, SECRET_KEY: key }), "ok");
  assertEquals(await levelOf({ KV_PATH: ":memory:" }), undefined);
});

Deno.test("A store is never anybody else's, not even between being made and being looked at, nor what SQLite makes beside it", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/kv.db`;
  const umask = Deno.umask(0);
  try {
    await makeOwnerOnly(path);
    assertEquals(await modesIn(folder), ["kv.db 600"]);
    // By Deno's own call: no permission has been removed since.
    using kv = await Deno.openKv(path);
    await kv.set(["a"], 1);
    const modes = await modesIn(folder);
    assert(modes.some((each) => each.startsWith("kv.db-wal ")), `${modes}`);
    for (const each of modes) assert(each.endsWith(" 600"), each);
  } finally {
    Deno.umask(umask);
    await Deno.remove(folder, { recursive: true });
  }
});
