import { assertEquals } from "@std/assert";
import { openKv, shownKvPath } from "../../lib/store/open.ts";

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
