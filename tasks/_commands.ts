/**
 * Every command, in the order and groups that overviews show. What a command takes, it says itself:
 * see {@linkcode specOf}.
 *
 * @module
 */
import type { TaskSpec } from "./_cli.ts";

/** Something that Portcullis does when told so. */
export interface Command {
  name: string;
  group: keyof typeof GROUPS;
  /** What it is for, in a few words. */
  about: string;
  /** Runs it; left out for what only a checkout can do. */
  run?: () => Promise<unknown>;
}

/** The groups, in their order. */
export const GROUPS = {
  serve: "Serving",
  lists: "Blocklist and safelist",
  policy: "Policy and limits",
  log: "Log and detection",
  people: "Accounts and privacy",
  store: "Store and health",
  program: "This program",
  checkout: "Developing, in a checkout",
} as const;

const command = (
  group: Command["group"],
  name: string,
  about: string,
  run?: () => Promise<unknown>,
): Command => ({ name, group, about, run });

/** See the module. */
export const COMMANDS: readonly Command[] = [
  command(
    "serve",
    "start",
    "serve the console and the API",
    () => import("./start.ts"),
  ),
  command(
    "serve",
    "proxy",
    "stand before a web app in any language",
    () => import("./proxy.ts"),
  ),
  command(
    "lists",
    "block-ip",
    "block an address or a range",
    () => import("./block_ip.ts"),
  ),
  command(
    "lists",
    "unblock-ip",
    "take it off the blocklist",
    () => import("./unblock_ip.ts"),
  ),
  command(
    "lists",
    "allow-ip",
    "put an address, range or name on the safelist",
    () => import("./allow_ip.ts"),
  ),
  command(
    "lists",
    "list-blocked",
    "what is blocked",
    () => import("./list_blocked.ts"),
  ),
  command(
    "lists",
    "check-ip",
    "whether an address is blocked, and why",
    () => import("./check_ip.ts"),
  ),
  command(
    "lists",
    "import-list",
    "block what a file lists",
    () => import("./import_list.ts"),
  ),
  command(
    "lists",
    "feeds",
    "lists of others that are fetched",
    () => import("./feeds.ts"),
  ),
  command(
    "policy",
    "policy",
    "show, check, rehearse and apply rules",
    () => import("./policy.ts"),
  ),
  command(
    "policy",
    "lift",
    "take back limits, locks and challenges",
    () => import("./lift.ts"),
  ),
  command(
    "policy",
    "robots",
    "a robots.txt of what the policy does",
    () => import("./robots.ts"),
  ),
  command(
    "log",
    "detect",
    "judge the last hour now",
    () => import("./detect.ts"),
  ),
  command(
    "log",
    "import-log",
    "load or follow access logs",
    () => import("./import_log.ts"),
  ),
  command(
    "log",
    "export",
    "requests, blocks and findings as CSV or JSON",
    () => import("./export.ts"),
  ),
  command(
    "log",
    "test-alert",
    "post an alert to the webhook",
    () => import("./test_alert.ts"),
  ),
  command(
    "people",
    "create-user",
    "make an account, or an admin",
    () => import("./create_user.ts"),
  ),
  command(
    "people",
    "erase",
    "take an address or an account out of the store",
    () => import("./erase.ts"),
  ),
  command(
    "store",
    "doctor",
    "what is configured, and what looks wrong",
    () => import("./doctor.ts"),
  ),
  command(
    "store",
    "settings",
    "every setting, its default and meaning",
    () => import("./settings.ts"),
  ),
  command(
    "store",
    "backup",
    "copy the store into a file",
    () => import("./backup.ts"),
  ),
  command(
    "store",
    "restore",
    "fill a new store from such a file",
    () => import("./restore.ts"),
  ),
  command(
    "store",
    "migrate-kv",
    "copy one store into another",
    () => import("./migrate_kv.ts"),
  ),
  command("program", "help", "this overview", () => import("./help.ts")),
  command(
    "program",
    "completions",
    "what bash, zsh or fish complete",
    () => import("./completions.ts"),
  ),
  command("program", "man", "the manual page", () => import("./man.ts")),
  command("checkout", "dev", "serve with watch and reload"),
  command("checkout", "build", "build pages and the package's console"),
  command("checkout", "test", "every test"),
  command("checkout", "ok", "format, lint, types, tests, examples"),
  command("checkout", "bench", "benchmarks, as ratios"),
  command(
    "checkout",
    "quality",
    "how much detection finds, and whom it wrongs",
  ),
  command("checkout", "lab", "real tools attack a shop and the app"),
  command("checkout", "clients", "real clients through the proxy"),
  command("checkout", "mutants", "how many small faults the tests notice"),
  command("checkout", "fuzz", "odd requests at a running server"),
  command(
    "checkout",
    "fuzz-proxy",
    "the proxy against others, by generated requests",
  ),
  command("checkout", "screenshots", "pictures of the pages"),
  command("checkout", "compile", "one file that runs without Deno"),
  command("checkout", "release", "check, bump and try a release"),
  command("checkout", "use-fresh", "which Fresh the app runs on"),
];

/** What a command says of itself: usage, options and flags. It is not run. */
export function specOf({ name }: Command): Promise<TaskSpec> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(
    new URL(["./_spec_worker", extension].join("."), import.meta.url),
    { type: "module" },
  );
  return new Promise<TaskSpec>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot load ${name}: ${event.message}`));
    };
    worker.postMessage(name);
  }).finally(() => worker.terminate());
}

/** The overview, by groups; `called` is how one calls a command. */
export function overview(called: string, all: boolean): string {
  const shown = COMMANDS.filter(({ run }) => all || run !== undefined);
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
  const lines = [
    `Usage: ${called} <command> [--help]`,
    "",
    "Portcullis: who is knocking, and how to keep the bad ones out.",
  ];
  for (const [group, title] of Object.entries(GROUPS)) {
    const members = shown.filter((command) => command.group === group);
    if (members.length === 0) continue;
    lines.push("", `${title}:`);
    for (const { name, about } of members) {
      lines.push(`  ${name.padEnd(width)}${about}`);
    }
  }
  lines.push(
    "",
    "Configured by the environment, and .env where there is one: `settings` lists it.",
  );
  return lines.join("\n");
}
