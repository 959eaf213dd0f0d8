import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { hashOf } from "../../tasks/_build_id.ts";

async function project(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    const folder = `${root}/${name}`.replace(/\/[^/]*$/, "");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${root}/${name}`, text);
  }
  return root;
}

Deno.test("builds of the same sources have the same id, in any folder; others have another", async () => {
  const files = {
    "deno.json": "{}",
    "deno.lock": "{}",
    "routes/a.ts": "a",
    "routes/b/[c].ts": "c",
    "static/x y.css": "x",
  };
  const roots = [
    await project(files),
    await project(Object.fromEntries(Object.entries(files).reverse())),
    await project({ ...files, "routes/a.ts": "b" }),
    await project({ ...files, "routes/d.ts": "" }),
    await project({ ...files, "README.md": "not part of it" }),
  ];
  try {
    const [one, same, changed, more, beside] = await Promise.all(
      roots.map((root) => hashOf(new URL(`file://${root}/`))),
    );
    assert(/^[0-9a-f]{40}$/.test(one!));
    assertEquals([same, beside], [one, one]);
    assertNotEquals(changed, one);
    assertNotEquals(more, one);
  } finally {
    for (const root of roots) await Deno.remove(root, { recursive: true });
  }
});
