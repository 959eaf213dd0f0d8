import { assert, assertEquals } from "@std/assert";
import { dbipFile } from "../../lib/geo/dbip.ts";
import { packagedDatabase } from "../../lib/geo/packaged.ts";

const ROOT = new URL("../../", import.meta.url);

/** The modules that Deno would load, or download, for a module. */
async function graphOf(module: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  return modules.map(({ specifier }: { specifier: string }) => specifier);
}

for (const module of ["lib/guard/mod.ts", "main.ts", "tasks/start.ts"]) {
  Deno.test(`${module} has neither the city database nor the operators downloaded, bundled or read where geolocation is off`, async () => {
    const graph = await graphOf(module);
    assert(graph.some((each) => each.endsWith("/lib/geo/packaged.ts")));
    assertEquals(
      graph.filter((each) => /dbip|mmdb$|\.mmdb|[/-]asn[./@]|\.csv/.test(each)),
      [],
    );
  });
}

for (
  const [module, description] of [
    ["lib/geo/dbip.ts", /dbip-city-mmdb.*\/package\.json$/],
    ["lib/geo/asn.ts", /ip-location-db\/asn.*\/package\.json$/],
  ] as const
) {
  Deno.test(`${module} has the package loaded, by its description alone`, async () => {
    const graph = await graphOf(module);
    assert(graph.some((each) => description.test(each)));
    assertEquals(graph.filter((each) => /\.(mmdb|csv)$/.test(each)), []);
  });
}

Deno.test("packagedDatabase() opens the files of both families where the package lies", async () => {
  for (const family of [4, 6] as const) {
    const file = await packagedDatabase(family);
    assertEquals(file.size, (await Deno.stat(dbipFile(family))).size);
    file.close();
  }
});
