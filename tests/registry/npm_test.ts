/**
 * The npm tarball, as made by `deno pack`, from a registry on the loopback into an empty folder.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packForNpm } from "../../tasks/_pack.ts";
import {
  ADMIN,
  firstAnswer,
  logsIn,
  newcomer,
  type Served,
} from "./_newcomer.ts";

const ROOT = new URL("../../", import.meta.url);
const NAME = "@portcullis/portcullis";

/** Serves one package, like npm's registry. */
function serveTarball(bytes: Uint8Array<ArrayBuffer>, version: string) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, origin } = new URL(request.url);
      if (pathname === "/p.tgz") return new Response(bytes);
      if (decodeURIComponent(pathname) !== `/${NAME}`) {
        return new Response(null, { status: 404 });
      }
      const hash = await crypto.subtle.digest("SHA-512", bytes);
      const dependencies = await dependenciesOf(bytes);
      const dist = {
        tarball: `${origin}/p.tgz`,
        integrity: `sha512-${new Uint8Array(hash).toBase64()}`,
      };
      return Response.json({
        name: NAME,
        "dist-tags": { latest: version },
        versions: { [version]: { name: NAME, version, dependencies, dist } },
      });
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}/`, server };
}

/** The `package.json` in the tarball. */
async function dependenciesOf(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  const tar = await new Response(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
  ).bytes();
  const text = new TextDecoder();
  const nameAt = (at: number, size: number) =>
    text.decode(tar.subarray(at, at + size)).split("\0")[0]!;
  for (let at = 0; at < tar.length;) {
    const size = parseInt(nameAt(at + 124, 12), 8) || 0;
    if (nameAt(at, 100) === "package/package.json") {
      const json = text.decode(tar.subarray(at + 512, at + 512 + size));
      return JSON.parse(json).dependencies;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error("There is no package.json in the tarball");
}

const APP = `import { portcullis } from "${NAME}";

const gate = portcullis();
const handler = () => new Response("Hello");
Deno.serve(gate.around(handler));
`;
/** The version that the guard is bundled with, too. */
const VITE = JSON.parse(
  await Deno.readTextFile(
    new URL("tests/guard/bundlers/deno.json", ROOT),
  ),
).imports.vite;
/** Everything in one bundle: the rest is JavaScript without packages. */
const VITE_CONFIG = `export default {
  build: { ssr: "main.ts" },
  ssr: { noExternal: true, target: "node" },
};
`;

/** Requests an app and its console. */
async function works(app: Served): Promise<void> {
  const answer = await firstAnswer(app.origin, app.out);
  assertEquals(answer, [200, "Hello"], app.out());
  const response = await fetch(`${app.origin}/portcullis/login`);
  const page = await response.text();
  assertEquals(response.status, 200, app.out());
  assertStringIncludes(page, 'action="/portcullis/login');
  const files = page.match(/\/portcullis\/[\w/.-]+\.(?:js|css)\b[^"]*/g) ?? [];
  assert(files.length > 0, page);
  for (const file of files) {
    const built = await fetch(`${app.origin}${file}`);
    await built.body?.cancel();
    assertEquals(built.status, 200, file);
  }
}

Deno.test("npm: what deno pack makes guards an app and has the console, installed by Deno or bundled by Vite", async (t) => {
  const file = await Deno.makeTempFile({ suffix: ".tgz" });
  const { success, said } = await packForNpm(ROOT, file);
  assert(success, said);
  const bytes = await Deno.readFile(file);
  await Deno.remove(file);
  assert(bytes.length < 1_000_000, `${bytes.length} bytes`);
  const dependencies = Object.keys(await dependenciesOf(bytes));
  assertEquals(
    dependencies.filter((name) => /ip-location-db|jsr|fresh/.test(name)),
    [],
  );
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const { url, server } = serveTarball(bytes, version);
  await using _ = server;
  const registry = `@portcullis:registry=${url}\n`;
  const run = ["run", "-A", "--unstable-kv", "--unstable-cron"];

  await t.step("installed by Deno", async () => {
    await using person = await newcomer("http://127.0.0.1:1/", { env: ADMIN });
    await person.write(".npmrc", registry);
    const added = await person.deno("add", "--quiet", `npm:${NAME}`);
    assertEquals(added.code, 0, added.out);
    await person.write("main.ts", APP);
    await using app = await person.serve(...run, "main.ts");
    await works(app);
    await logsIn(app);
  });

  await t.step("bundled by Vite", async () => {
    await using person = await newcomer("http://127.0.0.1:1/", { env: ADMIN });
    await person.write(".npmrc", registry);
    await person.write("deno.json", '{ "nodeModulesDir": "auto" }');
    const added = await person.deno("add", "--quiet", `npm:${NAME}`, VITE);
    assertEquals(added.code, 0, added.out);
    await person.write("main.ts", APP);
    await person.write("vite.config.js", VITE_CONFIG);
    const built = await person.deno("run", "-A", VITE, "build");
    assertEquals(built.code, 0, built.out);
    await Deno.remove(`${person.folder}/node_modules`, { recursive: true });
    const offline = ["--no-config", "--no-remote", "--no-npm"];
    await using app = await person.serve(...run, ...offline, "dist/main.mjs");
    await works(app);
    await logsIn(app);
  });
});
