/** What `deno task compile` makes a binary of: every task that a running server needs, by name. */
const TASKS: Record<string, () => Promise<unknown>> = {
  "start": () => import("./start.ts"),
  "proxy": () => import("./proxy.ts"),
  "block-ip": () => import("./block_ip.ts"),
  "unblock-ip": () => import("./unblock_ip.ts"),
  "allow-ip": () => import("./allow_ip.ts"),
  "list-blocked": () => import("./list_blocked.ts"),
  "check-ip": () => import("./check_ip.ts"),
  "detect": () => import("./detect.ts"),
  "create-user": () => import("./create_user.ts"),
  "import-log": () => import("./import_log.ts"),
  "import-list": () => import("./import_list.ts"),
  "robots": () => import("./robots.ts"),
  "lift": () => import("./lift.ts"),
  "policy": () => import("./policy.ts"),
  "feeds": () => import("./feeds.ts"),
  "export": () => import("./export.ts"),
  "erase": () => import("./erase.ts"),
  "backup": () => import("./backup.ts"),
  "restore": () => import("./restore.ts"),
  "migrate-kv": () => import("./migrate_kv.ts"),
  "test-alert": () => import("./test_alert.ts"),
  "doctor": () => import("./doctor.ts"),
  "settings": () => import("./settings.ts"),
};

const name = Deno.args[0] ?? "start";
if (name === "--help" || name === "-h") {
  const names = Object.keys(TASKS);
  console.log(
    [
      `Usage: portcullis [${names.join(" | ")}] [--help]`,
      "",
      "Portcullis in one file. Without a name it starts the server.",
      "",
      "Configured by the environment, and .env where there is one.",
    ].join("\n"),
  );
} else if (Object.hasOwn(TASKS, name)) {
  await TASKS[name]!();
} else {
  console.error(
    `Unknown task ${JSON.stringify(name)}: expected ${
      Object.keys(TASKS).join(", ")
    }`,
  );
  Deno.exit(2);
}
