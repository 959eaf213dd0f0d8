import { assert, assertEquals } from "@std/assert";
import { crawl } from "../src/build/crawl.ts";
import { IslandPreparer } from "../src/build/island_preparer.ts";
import { buildPaths } from "../src/build/options.ts";

const FIXTURE = new URL("../../../tests/fresh/fixture", import.meta.url).href;

Deno.test("Builder: finds routes, islands and static files", async () => {
  const paths = buildPaths({ root: FIXTURE });
  const { routes, islands, statics } = await crawl(paths, [/_layout/]);
  assert(routes.includes("users/[id].tsx"));
  assert(!routes.includes("_layout.tsx"), "ignore leaves paths out");
  assertEquals(
    islands.map((path) => path.slice(paths.root.length)),
    [
      "/islands/Counter.tsx",
      "/islands/Toggle.tsx",
      "/routes/(_islands)/Local.tsx",
    ],
  );
  assertEquals(statics, ["hello.txt", "logo.svg"]);
});

Deno.test("IslandPreparer: every exported function is an island of its own name", () => {
  const a = () => null, b = () => null, c = () => null;
  const preparer = new IslandPreparer();
  preparer.prepare(
    { default: a, Other: b, value: 1 },
    "islands/My-A.tsx",
    "/1",
  );
  preparer.prepare({ default: c }, "routes/(_islands)/My_A.tsx", "/2");
  preparer.prepare({ again: a }, "x.ts", "/3");
  assertEquals(preparer.islands.get(a), {
    name: "My_A",
    exportName: "default",
    url: "/1",
  });
  assertEquals(preparer.islands.get(b)?.name, "My_A_Other");
  assertEquals(preparer.islands.get(c)?.name, "My_A_2");
  assertEquals(preparer.islands.size, 3);
});
