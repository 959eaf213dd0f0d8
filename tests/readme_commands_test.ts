/**
 * Every row of the README's table of commands is run here, or listed with the reason why not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { openBox, ROOT, run, runCommand } from "./_docs_box.ts";

/** The command for a row of the README's table; a text is the reason for none. */
const ROWS: Record<string, string[] | string> = {
  "start": ["deno task start"],
  "dev": ["deno task dev"],
  "block-ip": ['deno task block-ip 203.0.113.9 --reason "scans" --for 24h'],
  "unblock-ip": ["deno task unblock-ip 203.0.113.9"],
  "allow-ip": [
    "deno task allow-ip 192.0.2.0/24",
    "deno task allow-ip 192.0.2.0/24 --remove",
  ],
  "list-blocked": ["deno task list-blocked", "deno task list-blocked --json"],
  "check-ip": ["deno task check-ip 203.0.113.9"],
  "detect": [
    "deno task detect --at 2026-01-05T13:00:00Z --dry-run --json",
    "deno task detect --since 7d",
    "deno task detect --rehearse high_volume --set threshold=50",
  ],
  "create-user": ["deno task create-user ann --admin"],
  "import-log": [
    "deno task import-log access.log --dry-run",
    "deno task import-log access.log",
    "deno task import-log access.log --again",
    "deno task import-log access.log --follow",
    "deno task import-log --format json /dev/null",
  ],
  "import-list": [
    "deno task import-list list.txt --source mine --for 7d --dry-run",
    "deno task import-list list.txt --source mine",
  ],
  "feeds": [
    "deno task feeds add drop https://www.spamhaus.org/drop/drop_v4.json",
    "deno task feeds apply drop",
    "deno task feeds refresh",
    "deno task feeds remove drop",
  ],
  "robots": ["deno task robots"],
  "lift":
    "it takes back what stands against somebody; lift_test.ts spends a limit first",
  "policy": [
    "deno task policy",
    "deno task policy check examples/policies/site.jsonc",
    "deno task policy apply examples/policies/site.jsonc",
    "deno task policy rehearse examples/policies/site.jsonc --since 7d",
    "deno task policy show --json",
    "deno task policy schema",
  ],
  "export": [
    "deno task export requests --format json --since 7d",
    "deno task export suspicious",
    "deno task export address 203.0.113.9",
    "deno task export account ann",
    ...["plain", "nginx", "nftables", "ipset"].map((format) =>
      `deno task export blocked --format ${format}`
    ),
  ],
  "erase": [
    "deno task erase 203.0.113.9 --dry-run",
    "deno task erase ann --dry-run",
    "deno task erase 203.0.113.9 --yes",
  ],
  "backup": [
    "deno task backup /var/backups/all.bak",
    "deno task restore /var/backups/all.bak",
    "deno task restore /var/backups/all.bak --force",
  ],
  "migrate-kv": [
    "deno task migrate-kv --from ./data/portcullis.db --to ./data/migrated.db",
  ],
  "test-alert": ["deno task test-alert"],
  "doctor": ["deno task doctor"],
  "settings": ["deno task settings", "deno task settings --json"],
  "ok": "it runs this",
  "bench": "minutes of load, and its own test; here it has --help",
  "quality": ["deno task quality", "deno task quality --json"],
  "lab": "minutes of attacks; lab_test.ts runs a short set of them",
  "proxy": ["deno task proxy --upstream http://127.0.0.1:3000"],
  "compile":
    "it downloads Deno's runtime; deploy_test.ts does it where that is there",
  "use-fresh": "it changes deno.json; use_fresh_test.ts does that to a copy",
};

Deno.test("README: the command of every row is run with the options that it names", async (t) => {
  await using box = await openBox();
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const rows = [...readme.matchAll(/^\| `deno task ([\w-]+)(.*?) \| /gm)];
  assert(rows.length >= 20);
  for (const [, name, rest] of rows) {
    const lines = ROWS[name!];
    await t.step(`deno task ${name}${rest!.replace(/`.*/, "")}`, async () => {
      assert(
        lines !== undefined,
        `${name} is new: say here what is run for it`,
      );
      if (typeof lines === "string") {
        const { code, stdout } = await run(box, `deno task ${name} --help`);
        assertEquals(code, 0);
        assert(stdout.includes(`deno task ${name}`), stdout);
        return;
      }
      for (const option of rest!.match(/--[a-z][\w-]*/g) ?? []) {
        assert(lines.some((one) => one.includes(option)), `${name} ${option}`);
      }
      for (const line of lines) await runCommand(box, line);
    });
  }
});
