import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { taskEnv } from "../_server.ts";
import { copyPackage } from "../../tasks/_package.ts";
import { firstAnswer, type Newcomer, newcomer } from "./_newcomer.ts";
import { type Registry, startRegistry } from "./_registry.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const PACKAGE = "jsr:@portcullis/portcullis";
const ID = "@portcullis/portcullis";
const RUN = ["run", "-A", "--unstable-kv", "--unstable-cron"];

/** The apps of docs/embedding.md, as they are typed. */
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
};

/** Publishes a package as its maintainer does; `folder` is in a checkout. */
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

/** Publishes this checkout, as `deno task release` tries it. */
async function publishOurs(
  registry: Registry,
  change: Record<string, unknown> = {},
  ...flags: string[]
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_package_" });
  try {
    await copyPackage(new URL(`file://${ROOT}`), folder, change);
    await publish(registry, folder, ...flags);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function get(url: string): Promise<[status: number, text: string]> {
  const response = await fetch(url, { redirect: "manual" });
  return [response.status, await response.text()];
}

/** Runs the app until it greets, and whatever is to be seen of it. */
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
  await using person = await newcomer(registry.url, deno);
  const { add, code } = APPS[kind];
  const began = performance.now();
  const lines = code.split("\n").filter((line) => line !== "");
  // What the other framework needs by itself is not ours.
  const others = kind === "plain" ? 0 : 1;
  assert(lines.length - others <= 5, code);
  const added = await person.deno("add", "--quiet", ...add);
  assertEquals(added.code, 0, added.out);
  await person.write("main.ts", code);
  await seen(person, async (origin, out) => {
    assertEquals(person.commands.length, 2);
    assertEquals(await firstAnswer(origin, out), [200, "Hello"], out());
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    // A step's name is printed where it passes, too.
    await t.step(
      `${person.commands.length} commands, ${
        lines.length - others
      } lines, ${seconds} s until the first answer`,
      () => {
        assert(person.commands.length <= 2);
        assert(lines.length - others <= 5);
      },
    );
    const [status, page] = await get(`${origin}/portcullis/login`);
    assertEquals(status, 200);
    assertStringIncludes(page, 'action="/portcullis/login');
    const [css] = /\/portcullis\/styles\.css[^"]*/.exec(page)!;
    assertEquals((await get(`${origin}${css}`))[0], 200);
    assertStringIncludes(out(), "/portcullis/setup#");

    const blocked = await person.deno(
      "run",
      "-A",
      PACKAGE,
      "block-ip",
      "127.0.0.1",
      "--force",
      "--yes",
    );
    assertEquals(blocked.code, 0, blocked.out);
    await delay(1_200);
    const [refused, told] = await get(origin);
    assertEquals(refused, 403);
    assertStringIncludes(told, "Your IP has been blocked.");
  });
}

Deno.test("registry: the package as it is published", async (t) => {
  await using registry = startRegistry();
  for (const name of ["std-cli", "fresh"]) {
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
  await t.step("nobody downloads a database who does not pass it in", () => {
    const asked = registry.asked.filter((path) =>
      /geo\/(dbip|asn)\.ts$/.test(path)
    );
    assertEquals(asked, []);
  });
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

  await t.step("an upgrade keeps the store", async () => {
    await using person = await newcomer(registry.url);
    await person.deno("add", "--quiet", `${PACKAGE}@${version}`);
    await person.write("main.ts", APPS.plain.code);
    const blocked = await person.deno(
      "run",
      "-A",
      PACKAGE,
      "block-ip",
      "192.0.2.9",
    );
    assertEquals(blocked.code, 0, blocked.out);
    const next = "99.0.0";
    await publishOurs(registry, { version: next }, "--no-check");
    const added = await person.deno("add", "--quiet", `${PACKAGE}@${next}`);
    assertEquals(added.code, 0, added.out);
    await seen(person, async (origin, out) => {
      assertEquals(await firstAnswer(origin, out), [200, "Hello"], out());
    });
    assert(registry.asked.some((path) => path.includes(`/${next}/mod.ts`)));
    const checked = await person.deno(
      "run",
      "-A",
      `${PACKAGE}@${next}`,
      "check-ip",
      "192.0.2.9",
    );
    assertStringIncludes(checked.out, "192.0.2.9 is blocked.");
  });
});
