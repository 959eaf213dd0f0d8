import type { LoginBlock, StoredLogin } from "../accounts/login_log.ts";
import { keys } from "../store/keys.ts";
import { type EraseScope, rewriteOne } from "./rewrite.ts";

/**
 * Changes attempts in the login log; whole addresses under a seal go with the block that one is
 * changed in. Resolves to how many were changed.
 *
 * @param change The attempt as it is to be, or undefined: it stays.
 */
export async function rewriteLogins(
  scope: EraseScope,
  change: (login: StoredLogin) => StoredLogin | undefined,
): Promise<number> {
  let count = 0;
  const entries = scope.kv.list<LoginBlock>({ prefix: keys.loginLogAll() }, {
    batchSize: 100,
  });
  for await (const { key, value } of entries) {
    const found = value.events.filter((event) => change(event)).length;
    if (found === 0) continue;
    count += found;
    if (scope.dryRun) continue;
    await rewriteOne<LoginBlock>(scope, key, ({ sealed: _, ...block }) => ({
      ...block,
      events: block.events.map((event) => change(event) ?? event),
    }));
  }
  return count;
}
