import { assertEquals } from "@std/assert";
import { kvFileSize, openKv, shownKvPath } from "../../lib/store/open.ts";

Deno.test("shownKvPath() leaves a URL's user and password out, and nothing else", () => {
  for (
    const [path, shown] of [
      ["./data/portcullis.db", "./data/portcullis.db"],
      [":memory:", ":memory:"],
      ["/data/a@b.db", "/data/a@b.db"],
      ["https://kv.example.org/x", "https://kv.example.org/x"],
      ["https://u:p@kv.example.org/x@y", "https://kv.example.org/x@y"],
      ["HTTP://u:p@x@kv.example.org", "HTTP://kv.example.org"],
      ["https://kv.example.org/?a=u@b", "https://kv.example.org/?a=u@b"],
    ] as const
  ) assertEquals(shownKvPath(path), shown);
});

Deno.test("openKv() makes the file's folder, for its owner alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kv = await openKv(`${folder}/a/b/kv.db`);
    kv.close();
    const { mode } = await Deno.stat(`${folder}/a/b`);
    if (mode !== null) assertEquals(mode & 0o777, 0o700);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("kvFileSize() counts a file with its write-ahead log, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/kv.db`;
    assertEquals(await kvFileSize(path), 0);
    await Deno.writeFile(path, new Uint8Array(100));
    await Deno.writeFile(`${path}-wal`, new Uint8Array(20));
    assertEquals(await kvFileSize(path), 120);
    for (const other of [":memory:", ":default:", "https://kv.example.org"]) {
      assertEquals(await kvFileSize(other), null);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
