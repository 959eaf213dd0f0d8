/** `deno task lift`: lifts limits, account locks and challenges. */
import { createAccountTag } from "../lib/accounts/account_tag.ts";
import { formatDuration } from "../lib/base/duration.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import {
  liftLimits,
  limitDeps,
  limitedSubject,
  type StandingLimit,
  type StandingOptions,
} from "../lib/console/standing_limits.ts";
import { Policy } from "../lib/policy/policy.ts";
import { openAddressStorage } from "../lib/privacy/address_storage.ts";
import { fail, parseTaskArgs } from "./_cli.ts";
import { type TaskStore, withStore } from "./_store.ts";

const usage = "deno task lift <ip, cidr, name of a user or of a rule> [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Lifts the limits, account locks and challenges of an address, user or rule, in every running server within a second. For blocks use unblock-ip.",
  flags: { json: "print JSON" },
  positional: { min: 1, max: 1, what: "one address, range or name" },
  more:
    "A name is first looked up as a user, then as a rule; user:NAME, key:VALUE and rule:NAME are explicit.",
});
const whom = args.positional[0]!;

await withStore(async (store) => {
  const options = await optionsOf(store);
  try {
    const subject = await limitedSubject(options, whom);
    const stood = await liftLimits(options, subject, { by: "lift" });
    if (stood.length === 0) {
      fail(`Cannot lift ${whom}: expected something to lift`);
    }
    report(stood, store.now());
  } finally {
    await options.policy.close();
  }
});

async function optionsOf(store: TaskStore): Promise<StandingOptions> {
  const { kv, now, config } = store;
  const addresses = await openAddressStorage(kv, config.privacyIp, now);
  const policy = await Policy.open({
    ...{ kv, now, addresses },
    key: new Uint8Array(),
    file: config.policyFile,
    trustedProxies: config.trustedProxies,
    ipv6Prefix: config.ipv6Prefix,
    applyLocal: () => {},
  });
  const accounts = await limitDeps({ ...store, tag: createAccountTag(kv) });
  return { ...{ kv, now, config, addresses, policy, accounts } };
}

function report(stood: readonly StandingLimit[], now: number): void {
  if (args.json) {
    console.log(printableJson({ lifted: stood }));
    return;
  }
  for (const { kind, rule, subject, limit, windowMs, opensAt } of stood) {
    const rest = formatDuration(Math.max(0, opensAt - now));
    console.log(
      escapeControl(
        `Lifted ${kind} ${rule} of ${subject}: ${limit} in ${
          formatDuration(windowMs)
        }, ${rest} were left.`,
      ),
    );
  }
}
