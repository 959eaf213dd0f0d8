/** `deno task erase`: erases all data of one address or one account from the store. */
import { findUserByName } from "../lib/accounts/users.ts";
import { eraseAccountTraces } from "../lib/erasure/account_traces.ts";
import { eraseAddressTraces } from "../lib/erasure/address_traces.ts";
import { eraseAccount, resumeAccount } from "../lib/erasure/erase_account.ts";
import { newErasure, orderErasure } from "../lib/erasure/erasure.ts";
import {
  type Erased,
  erasedItem,
  erasedLines,
} from "../lib/erasure/erased_text.ts";
import { canonicalIp } from "../lib/net/ip.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { rollUp } from "../lib/log/rollup/roller.ts";
import { escapeControl } from "../lib/base/text.ts";
import { fail, parseTaskArgs, printResult, usageError } from "./_cli.ts";
import { type TaskStore, withStore } from "./_store.ts";

const usage =
  "deno task erase <address|user> [--dry-run] [--yes] [--unblock] [--user] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Erases the data of one address, or deletes one account and erases its name. Anonymous counts remain.",
  flags: {
    "dry-run": "show what would be erased, without changing anything",
    yes: "do not ask",
    unblock: "also remove the block of the address, which is kept otherwise",
    user: "treat the argument as a user name, even if it looks like an address",
    json: "print JSON; requires --yes or --dry-run",
  },
  positional: { min: 1, max: 1, what: "one address or user name" },
  more:
    "If interrupted, it is resumed when it is run again, or by the next server.",
});
const subject = args.positional[0]!;
const WHO = { by: "erase", from: null };
const ip = args.user ? null : canonicalIp(subject);
if (ip === null && args.unblock) {
  usageError("--unblock is for addresses", usage);
}
if (
  !args["dry-run"] && !args.yes && (args.json || !Deno.stdin.isTerminal())
) {
  usageError(
    args.json
      ? "Cannot ask for confirmation with --json: expected --yes or --dry-run"
      : "Cannot ask for confirmation without a terminal: expected --yes or --dry-run",
    usage,
  );
}

await withStore(async (store) => {
  const { kv, config, now } = store;
  const dryRun = args["dry-run"];
  const addresses = await openAddressStorage(kv, config.privacyIp, now);
  const traces = { ...store, addresses, dryRun };
  const { whom, erased } = ip === null
    ? await account(store, traces)
    : await address(traces, ip);
  // If no server runs, the rollups would still contain it.
  if (!dryRun) await rollUp({ kv, now });
  printResult(
    args,
    erasedItem(whom, erased, dryRun),
    erasedLines(whom, erased, dryRun),
  );
});

/** Whose data were erased, and how much. */
interface Result {
  whom: string;
  erased: Erased;
}

async function address(
  traces: TaskStore & Parameters<typeof eraseAddressTraces>[0],
  ip: string,
): Promise<Result> {
  const order = { kind: "address", ip, unblock: args.unblock } as const;
  if (args["dry-run"]) {
    return { whom: ip, erased: await eraseAddressTraces(traces, order) };
  }
  sure(`Erase the data of ${ip}?`);
  const erasure = newErasure(order, WHO, traces.now());
  return { whom: ip, erased: await orderErasure(traces, erasure) };
}

async function account(
  store: TaskStore,
  traces: Parameters<typeof eraseAccount>[0],
): Promise<Result> {
  const user = await findUserByName(store, subject);
  if (user === null) {
    // Already deleted, if the erasure was interrupted.
    const resumed = args["dry-run"]
      ? null
      : await resumeAccount(traces, subject);
    if (resumed !== null) return { whom: subject, erased: resumed };
    throw new Error(
      `Cannot erase "${subject}": expected an address or the name of a user`,
    );
  }
  if (args["dry-run"]) {
    const found = await eraseAccountTraces(traces, {
      ...{ kind: "account", user_id: user.id, username: user.username },
      ...{ pseudonym: "a pseudonym", until: store.now() },
    });
    return { whom: user.username, erased: found };
  }
  sure(`Delete the account ${user.username} and erase its name?`);
  const erased = await eraseAccount(traces, user, WHO);
  return { whom: user.username, erased };
}

/** Ends the task unless it is confirmed. */
function sure(question: string): void {
  if (args.yes) return;
  if (confirm(`${escapeControl(question)} That cannot be undone.`)) return;
  fail("Nothing was erased");
}
