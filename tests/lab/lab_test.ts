import { assertEquals } from "@std/assert";
import { INNOCENTS } from "../../lab/innocents.ts";
import {
  failures,
  innocentPart,
  missingFor,
  partsOf,
  tableOf,
} from "../../lab/lab.ts";
import { openStage, type Outcome } from "../../lab/stage.ts";
import { TOOLS } from "../../lab/tools.ts";

/** The short set: tools that find files, guess passwords and inject, and two harmless clients. */
const SHORT = ["sqlmap", "ffuf", "hydra"];
const PEACEFUL = ["wget", "a person who mistypes a password"];
const SECONDS = 25;
const PATIENCE_MS = 240_000;

const tools = TOOLS.filter(({ name }) => SHORT.includes(name));
const missing = (await Promise.all(tools.map(missingFor))).flat();
if (missing.length > 0) {
  console.log(`The lab's short set is skipped: no ${missing.join(", ")} here`);
}

Deno.test({
  name:
    "lab: sqlmap, ffuf and hydra are found and stopped, under any name; who means no harm is not",
  ignore: missing.length > 0,
  async fn() {
    await using stage = await openStage();
    const innocents = [];
    for (const [number, actor] of INNOCENTS.entries()) {
      if (!PEACEFUL.includes(actor.name)) continue;
      if ((await missingFor(actor)).length > 0) continue;
      innocents.push(innocentPart(actor, number + 1));
    }
    // With its own name at the app, with a browser's behind the proxy: the rest is in `deno task
    // lab`.
    const attackers = tools.flatMap((tool, number) =>
      partsOf(tool, number + 1).filter(({ where, agent }) =>
        (where === "app") === (agent === null)
      )
    );
    const [peaceful, hostile] = await Promise.all([
      stage.play(innocents, SECONDS * 1_000),
      stage.play(attackers, SECONDS * 1_000, PATIENCE_MS),
    ]);
    // The time to block is measured by the lab: this machine has other tests to run.
    assertEquals(
      failures(hostile, peaceful, Infinity),
      [],
      tableOf([...hostile, ...peaceful]),
    );
  },
});

const outcome = (fields: Partial<Outcome>): Outcome => ({
  ...{ name: "x", where: "proxy", as: "itself", address: "192.0.2.1" },
  ...{ requests: 9, found: 5, stopped: 20, rules: ["flood"] },
  severity: "critical",
  ...fields,
});
const quiet = { found: null, stopped: null, severity: null, rules: [] };

Deno.test("lab: says who was not found, or late, or not stopped, and which innocent was", () => {
  assertEquals(failures([outcome({})], [outcome(quiet)]), []);
  assertEquals(
    failures(
      [
        outcome(quiet),
        outcome({ found: 61 }),
        outcome({ stopped: null }),
      ],
      [outcome({})],
    ),
    [
      "x as itself at the proxy was not found",
      "x as itself at the proxy was not stopped",
      "x as itself at the proxy was found after 61 s",
      "x as itself at the proxy was not stopped",
      "x was taken for an attacker: flood",
    ],
  );
});

Deno.test("lab: every tool has its four ways, each from an address of its own", () => {
  const all = TOOLS.flatMap((tool, number) => partsOf(tool, number + 1));
  const addresses = [
    ...all,
    ...INNOCENTS.map((one, number) => innocentPart(one, number + 1)),
  ].map(({ address }) => address);
  assertEquals(new Set(addresses).size, addresses.length);
});
