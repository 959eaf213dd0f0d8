import type { Config } from "../config.ts";
import { logLine } from "../log_line.ts";
import { createAccountTag } from "./account_tag.ts";
import { createLoginThrottles } from "./limits.ts";
import type { LoginDeps } from "./login.ts";
import { LoginActivity, type LoginActivityOptions } from "./login_activity.ts";
import { LoginLog } from "./login_log.ts";
import { createHasher } from "./passwords.ts";

/** What {@linkcode openAccounts} is given. */
export interface AccountsOptions
  extends Pick<LoginActivityOptions, "kv" | "now" | "storeAddress" | "place"> {
  config: Config;
}

/** What login, signup and the profile page work with, for one process. */
export interface Accounts extends LoginDeps {
  /** Stores and tells what waits, and stops the workers. */
  close(): Promise<void>;
}

/** Opens what accounts need; rejects where the store does not answer. */
export async function openAccounts(
  { config, kv, now, storeAddress, place }: AccountsOptions,
): Promise<Accounts> {
  const tag = await createAccountTag(kv);
  const hasher = createHasher();
  const log = new LoginLog({
    kv,
    now,
    retentionMs: config.logRetention,
    onError: (error) =>
      logLine("error", "sys_login_log_fail", { error: String(error) }),
  });
  const activity = new LoginActivity({
    ...{ kv, now, log, tag, storeAddress, place },
  });
  return {
    kv,
    now,
    tag,
    hasher,
    activity,
    rates: config,
    throttles: createLoginThrottles({ kv, now, rates: config }),
    async close() {
      await activity.close();
      await hasher.close();
    },
  };
}
