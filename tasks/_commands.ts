/**
 * Every command, in the order and groups of overviews. A command defines its own arguments: see
 * {@linkcode specOf}.
 *
 * @module
 */
import type { TaskSpec } from "./_cli.ts";

/** A command of Portcullis. */
export interface Command {
  name: string;
  group: keyof typeof GROUPS;
  /** A short description. */
  about: string;
  /** Runs it; missing for a command that only works in a checkout. */
  run?: () => Promise<unknown>;
}

/** The groups, in order. */
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
    "reverse proxy in front of a web app in any language",
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
    "unblock an address or a range",
    () => import("./unblock_ip.ts"),
  ),
  command(
    "lists",
    "allow-ip",
    "add an address, range or host name to the safelist",
    () => import("./allow_ip.ts"),
  ),
  command(
    "lists",
    "list-blocked",
    "list what is blocked",
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
    "block the entries of a list",
    () => import("./import_list.ts"),
  ),
  command(
    "lists",
    "feeds",
    "manage published blocklists (feeds)",
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
    "lift limits, locks and challenges",
    () => import("./lift.ts"),
  ),
  command(
    "policy",
    "robots",
    "print a robots.txt for the policy",
    () => import("./robots.ts"),
  ),
  command(
    "log",
    "detect",
    "run detection for the last hour",
    () => import("./detect.ts"),
  ),
  command(
    "log",
    "import-log",
    "import or watch access logs",
    () => import("./import_log.ts"),
  ),
  command(
    "log",
    "export",
    "export requests, blocks and findings as CSV or JSON",
    () => import("./export.ts"),
  ),
  command(
    "log",
    "test-alert",
    "send a test alert to the webhook",
    () => import("./test_alert.ts"),
  ),
  command(
    "people",
    "create-user",
    "create an account",
    () => import("./create_user.ts"),
  ),
  command(
    "people",
    "erase",
    "erase the data of an address or an account",
    () => import("./erase.ts"),
  ),
  command(
    "store",
    "doctor",
    "check configuration, store and system",
    () => import("./doctor.ts"),
  ),
  command(
    "store",
    "settings",
    "list all settings",
    () => import("./settings.ts"),
  ),
  command(
    "store",
    "backup",
    "back up the store into a file",
    () => import("./backup.ts"),
  ),
  command(
    "store",
    "restore",
    "restore a backup",
    () => import("./restore.ts"),
  ),
  command(
    "store",
    "migrate-kv",
    "copy a store into another one",
    () => import("./migrate_kv.ts"),
  ),
  command("program", "help", "list all commands", () => import("./help.ts")),
  command(
    "program",
    "completions",
    "completions for bash, zsh or fish",
    () => import("./completions.ts"),
  ),
  command("program", "man", "print the manual page", () => import("./man.ts")),
  command("checkout", "dev", "serve with watch and reload"),
  command("checkout", "build", "build pages and the package's console"),
  command("checkout", "test", "run all tests"),
  command("checkout", "ok", "format, lint, types, tests, examples"),
  command("checkout", "bench", "run the benchmarks"),
  command(
    "checkout",
    "quality",
    "measure detection and false positives",
  ),
  command(
    "checkout",
    "lab",
    "run attack tools against a test shop and the app",
  ),
  command("checkout", "clients", "test real clients through the proxy"),
  command("checkout", "mutants", "mutation testing of the pure modules"),
  command("checkout", "fuzz", "fuzz a running server"),
  command(
    "checkout",
    "fuzz-proxy",
    "differential fuzzing of the proxy",
  ),
  command("checkout", "lighthouse", "run Lighthouse over the pages"),
  command("checkout", "screenshots", "take screenshots of the pages"),
  command("checkout", "compile", "build a self-contained binary"),
  command("checkout", "release", "prepare a release"),
  command("checkout", "use-fresh", "choose which Fresh the app runs on"),
];

/** A command's usage, options and flags. It is not run. */
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

/** The overview, by groups; `called` is how a command is called. */
export function overview(called: string, all: boolean): string {
  const shown = COMMANDS.filter(({ run }) => all || run !== undefined);
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
  const lines = [
    `Usage: ${called} <command> [--help]`,
    "",
    "Portcullis protects web apps: it logs requests, detects attacks and blocks attackers.",
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
    "Settings come from the environment and .env; `settings` lists them.",
  );
  return lines.join("\n");
}
