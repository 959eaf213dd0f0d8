import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { taskEnv } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { SCHEMA_VERSION } from "../../lib/store/schema.ts";
import { copyPackage } from "../../tasks/_package.ts";
import {
  ADMIN,
  firstAnswer,
  logsIn,
  type Newcomer,
  newcomer,
} from "./_newcomer.ts";
import { type Registry, startRegistry } from "./_registry.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const PACKAGE = "jsr:@portcullis/portcullis";
const ID = "@portcullis/portcullis";
const RUN = ["run", "-A", "--unstable-kv", "--unstable-cron"];

/** The apps of docs/embedding.md, unchanged. */
const APPS = {
  plain: {
    add: [PACKAGE],
    code: `import { portcullis } from "@portcullis/portcullis";

const gate = portcullis();
const handler = () => new Response("Hello");
Deno.serve(gate.around(handler));
`,
  },
  hono: {
    add: [PACKAGE, "npm:hono"],
    code: `import { portcullis } from "@portcullis/portcullis";
import { Hono } from "hono";

const app = new Hono().get("/", (c) => c.text("Hello"));
const gate = portcullis();
Deno.serve(gate.around(app.fetch));
`,
  },
  fresh: {
    add: [PACKAGE, "jsr:@fresh/core"],
    code: `import { portcullis } from "@portcullis/portcullis";
import { App } from "@fresh/core";

const app = portcullis().enclose(new App());
app.get("/", (ctx) => ctx.text("Hello"));
Deno.serve(app.handler());
`,
  },
  oak: {
    add: [PACKAGE, "jsr:@oak/oak"],
    code: `import { portcullis } from "@portcullis/portcullis";
import { Application } from "@oak/oak";

const app = new Application();
app.use((ctx) => ctx.response.body = "Hello");
const gate = portcullis();
Deno.serve(gate.around(async (request, { remoteAddr }) =>
  await app.handle(request, remoteAddr) ?? new Response(null, { status: 404 })
));
`,
  },
  express: {
    add: [PACKAGE, "npm:express"],
    code: `import { portcullis } from "@portcullis/portcullis";
import { nodeHandler } from "@portcullis/portcullis/node";
import express from "express";

const app = express();
app.get("/", (_, response) => void response.send("Hello"));
const gate = portcullis();
Deno.serve(gate.around(nodeHandler(app)));
`,
  },
};

/** If the guard is the same as in another kind, one block is enough. */
const BLOCKED = new Set(["plain", "hono", "fresh"]);

const WITH_DATABASES = `import { portcullis } from "@portcullis/portcullis";
import { asn } from "@portcullis/portcullis/asn";
import { dbip } from "@portcullis/portcullis/dbip";

const gate = portcullis({ geo: dbip, asn });
const { edition, read } = await asn();
const { ipv4, ipv6 } = await read();
Deno.serve(gate.around(() => Response.json([edition, ipv4.length, ipv6.length])));
`;

/** The lines that Portcullis adds to an app: those that mention it, and the one that serves. */
function addedLines(code: string): string[] {
  return code.split("\n").filter((line) =>
    /portcullis|gate|Deno\.serve|nodeHandler/.test(line)
  );
}

/** Publishes a package like its maintainer; `folder` is in a checkout. */
async function publish(
  registry: Registry,
  folder: string,
  ...flags: string[]
): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--token", "any", "--allow-dirty", ...flags],
    cwd: folder,
    clearEnv: true,
    env: taskEnv({ JSR_URL: registry.url, NO_COLOR: "1" }),
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
}

/**
 * Publishes this checkout, as `deno task release` tries it; a later one after a change to its
 * store.
 */
async function publishOurs(
  registry: Registry,
  later?: string,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_package_" });
  try {
    const change = later === undefined ? {} : { version: later };
    await copyPackage(new URL(`file://${ROOT}`), folder, change);
    if (later !== undefined) await changeSchema(`${folder}/${SCHEMA_FILE}`);
    await publish(
      registry,
      folder,
      ...later === undefined ? [] : ["--no-check"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SCHEMA_FILE = "lib/store/schema.ts";
const NEXT_SCHEMA = SCHEMA_VERSION + 1;

/** Gives a copy of the package the next layout of the store, and a migration to it. */
async function changeSchema(file: string): Promise<void> {
  const source = await Deno.readTextFile(file);
  const next = source
    .replace(/(SCHEMA_VERSION = )\d+/, `$1${NEXT_SCHEMA}`)
    .replace(
      /(MIGRATIONS[^[]*\[\] = \[)/,
      `$1{ to: ${NEXT_SCHEMA}, run: async (kv) => void await kv.set(["migrated"], true) },`,
    );
  assert(next.includes(`to: ${NEXT_SCHEMA}`), source);
  await Deno.writeTextFile(file, next);
}

async function get(url: string): Promise<[status: number, text: string]> {
  const response = await fetch(url, { redirect: "manual" });
  return [response.status, await response.text()];
}

/** Runs the app until it responds with the greeting, and runs the checks. */
async function seen(
  person: Newcomer,
  look: (origin: string, out: () => string) => Promise<void>,
): Promise<void> {
  await using app = await person.serve(...RUN, "main.ts");
  await look(app.origin, app.out);
}

async function tryOut(
  registry: Registry,
  kind: keyof typeof APPS,
  t: Deno.TestContext,
  deno?: string,
): Promise<void> {
  // One with a cache of their own: everything in it at the end was downloaded.
  const isFirst = kind === "plain" && deno === undefined;
  await using person = await newcomer(registry.url, {
    deno,
    sharesNpm: !isFirst,
    env: isFirst ? ADMIN : {},
  });
  const { add, code } = APPS[kind];
  const began = performance.now();
  const lines = addedLines(code);
  const added = await person.deno("add", "--quiet", ...add);
  assertEquals(added.code, 0, added.out);
  await person.write("main.ts", code);
  await seen(person, async (origin, out) => {
    assertEquals(person.commands.length, 2);
    assertEquals(await firstAnswer(origin, out), [200, "Hello"], out());
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    // A migration prints its name, too.
    await t.step(
      `${person.commands.length} commands, ${lines.length} lines, ${seconds} s until the first answer`,
      () => {
        assert(person.commands.length <= 2);
        assert(lines.length > 1 && lines.length <= 5, code);
      },
    );
    const [status, page] = await get(`${origin}/portcullis/login`);
    assertEquals(status, 200);
    assertStringIncludes(page, 'action="/portcullis/login');
    const [css] = /\/portcullis\/styles\.css[^"]*/.exec(page)!;
    assertEquals((await get(`${origin}${css}`))[0], 200);
    if (isFirst) await logsIn({ origin, out });
    else assertStringIncludes(out(), "/portcullis/setup#");

    if (isFirst) {
      const packages = await person.fromNpm();
      assert(packages.includes("valibot"), `${packages}`);
      assertEquals(
        packages.filter((name) => name.includes("ip-location-db")),
        [],
      );
    }
    if (!BLOCKED.has(kind)) return;
    const blocked = await person.deno(
      ...["run", "-A", PACKAGE, "block-ip", "127.0.0.1", "--force", "--yes"],
    );
    assertEquals(blocked.code, 0, blocked.out);
    const told = await waitFor("the block to hold", async () => {
      const [status, text] = await get(origin);
      return status === 403 ? text : null;
    });
    assertStringIncludes(told, "Your IP has been blocked.");
  });
}

Deno.test("registry: the package as it is published", async (t) => {
  await using registry = startRegistry();
  for (const name of ["std-cli", "fresh", "oak"]) {
    await publish(registry, `${ROOT}links/${name}`);
  }
  await publishOurs(registry);
  const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

  await t.step("holds what it needs and no more, below 3 MB", () => {
    const id = `${ID}@${version}`;
    assert(registry.sizeOf(id) < 3_000_000, `${registry.sizeOf(id)} bytes`);
    const files = registry.filesOf(id);
    for (const name of ["/mod.ts", "/_console/mod.js", "/LICENSE"]) {
      assert(files.includes(name), name);
    }
    assertEquals(
      files.filter((name) => /^\/(tests|bench|docs|routes|links)\//.test(name)),
      [],
    );
  });
  for (const kind of Object.keys(APPS) as (keyof typeof APPS)[]) {
    await t.step(
      `two commands and five lines guard a ${kind} app`,
      (t) => tryOut(registry, kind, t),
    );
  }
  await t.step(
    "nobody downloads a database who does not pass it in",
    () => {
      const asked = registry.asked.filter((path) =>
        /geo\/(dbip|asn)\.ts$/.test(path)
      );
      assertEquals(asked, []);
    },
  );
  await t.step(
    "who passes the databases in has places and networks",
    async () => {
      await using person = await newcomer(registry.url, {
        env: { TRUSTED_PROXIES: "127.0.0.1" },
      });
      const added = await person.deno("add", "--quiet", PACKAGE);
      assertEquals(added.code, 0, added.out);
      await person.write("main.ts", WITH_DATABASES);
      await seen(person, async (origin, out) => {
        const [, networks] = await firstAnswer(origin, out);
        assertMatch(networks, /^\["[\d.]+",\d{7,},\d{7,}\]$/);
        await waitFor("a request with its place", async () => {
          const response = await fetch(origin, {
            headers: { "x-forwarded-for": "8.8.8.8" },
          });
          await response.body?.cancel();
          const { out } = await person.deno(
            ...["run", "-A", PACKAGE, "export", "requests", "--format", "json"],
          );
          return /"8\.8\.8\.8".*"country_code":"US"/.test(out);
        });
      });
    },
  );

  const lowest = Deno.env.get("DENO_LOWEST");
  for (const kind of Object.keys(APPS) as (keyof typeof APPS)[]) {
    await t.step({
      name:
        `two commands and five lines guard a ${kind} app on the lowest Deno`,
      ignore: !lowest,
      fn: (t) => tryOut(registry, kind, t, lowest),
    });
  }

  await t.step(
    "is the program, too, and starts itself again with what it needs",
    async () => {
      await using person = await newcomer(registry.url);
      const told = await person.deno("run", "-A", PACKAGE, "--version");
      assertEquals(told.code, 0, told.out);
      assertStringIncludes(told.out, `portcullis ${version}`);
      const wrong = await person.deno("run", "-A", PACKAGE, "blok-ip");
      assertEquals(wrong.code, 2);
      assertStringIncludes(wrong.out, "block-ip");
      const failed = await person.deno(
        "run",
        "-A",
        PACKAGE,
        "unblock-ip",
        "192.0.2.1",
      );
      assertEquals(failed.code, 1, failed.out);
      await using server = await person.serve("run", "-A", PACKAGE, "start");
      assertEquals((await get(`${server.origin}/healthz`))[0], 200);
      assertEquals((await get(`${server.origin}/login`))[0], 200);
    },
  );

  await t.step(
    "an upgrade keeps the store, and the older guard refuses it by one clear line",
    async () => {
      await using person = await newcomer(registry.url);
      const next = "99.0.0";
      const program = (version: string, ...args: string[]) =>
        person.deno("run", "-A", `${PACKAGE}@${version}`, ...args);
      async function install(version: string): Promise<void> {
        const added = await person.deno(
          "add",
          "--quiet",
          `${PACKAGE}@${version}`,
        );
        assertEquals(added.code, 0, added.out);
      }
      await install(version);
      await person.write("main.ts", APPS.plain.code);
      const isLogged = async (version: string) =>
        /,\/before,/.test((await program(version, "export", "requests")).out);
      await seen(person, async (origin, out) => {
        const answer = await firstAnswer(`${origin}/before`, out);
        assertEquals(answer, [200, "Hello"]);
        await waitFor("the request in the log", () => isLogged(version));
      });
      const blocked = await program(version, "block-ip", "192.0.2.9");
      assertEquals(blocked.code, 0, blocked.out);

      await publishOurs(registry, next);
      await install(next);
      await seen(person, async (origin, out) => {
        assertEquals(await firstAnswer(origin, out), [200, "Hello"], out());
      });
      assert(registry.asked.some((path) => path.includes(`/${next}/mod.ts`)));
      const checked = await program(next, "check-ip", "192.0.2.9");
      assertStringIncludes(checked.out, "192.0.2.9 is blocked.");
      assert(await isLogged(next));

      await install(version);
      const why =
        `its schema is ${NEXT_SCHEMA}, expected at most ${SCHEMA_VERSION}: ` +
        "use the newer Portcullis that wrote it";
      await seen(person, async (origin, out) => {
        for (let i = 0; i < 3; i++) assertEquals((await get(origin))[0], 503);
        const lines = out().split("\n").filter((line) => line.includes(why));
        assertEquals(lines.length, 1, out());
      });
      const refused = await program(version, "list-blocked");
      assertEquals(refused.code, 1, refused.out);
      assertMatch(refused.out, new RegExp(`^Cannot read KV at .+: ${why}\n$`));
    },
  );
});
