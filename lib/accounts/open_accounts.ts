import type { Config } from "../settings/config.ts";
import { logLine } from "../base/log_line.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { createAccountTag } from "./account_tag.ts";
import { createLoginThrottles } from "./limits.ts";
import type { LoginDeps } from "./login.ts";
import { LoginActivity, type LoginActivityOptions } from "./login_activity.ts";
import { LoginLog } from "./login_log.ts";
import { openSecretBox } from "./secret_box.ts";
import { type BreachCheck, createBreachCheck } from "./breach_check.ts";
import { createHasher } from "./passwords.ts";
import { ProxyLogins } from "./proxy_logins.ts";

/** What {@linkcode openAccounts} is given. */
export interface AccountsOptions
  extends Pick<LoginActivityOptions, "kv" | "now" | "place" | "onNewCountry"> {
  config: Config;
  addresses: AddressStorage;
}

/** What login, signup and the profile page work with, for one process. */
export interface Accounts extends LoginDeps {
  addresses: AddressStorage;
  /** Which requests of whom a proxy vouches for are logins. */
  proxyLogins: ProxyLogins;
  /** Stores and tells what waits, and stops the workers. */
  close(): Promise<void>;
}

/** Opens what accounts need; rejects where the store does not answer. */
export async function openAccounts(
  { config, kv, now, addresses, place, onNewCountry }: AccountsOptions,
): Promise<Accounts> {
  const [tag, box] = await Promise.all([
    createAccountTag(kv),
    openSecretBox(config),
  ]);
  const hasher = createHasher();
  const log = new LoginLog({
    kv,
    now,
    retentionMs: config.logRetention,
    addresses,
    onError: (error) =>
      logLine("error", "sys_login_log_fail", { error: String(error) }),
  });
  const activity = new LoginActivity({
    ...{ kv, now, log, tag, addresses, place, onNewCountry },
  });
  return {
    kv,
    now,
    addresses,
    box,
    tag,
    hasher,
    isBreached: breachCheckOf(config),
    activity,
    proxyLogins: new ProxyLogins(),
    rates: config,
    throttles: createLoginThrottles({ kv, now, rates: config }),
    async close() {
      await activity.close();
      await hasher.close();
    },
  };
}

/** Asked about new passwords, where the configuration says whom. */
export function breachCheckOf(
  { breachCheck, outboundPrivate }: Pick<
    Config,
    "breachCheck" | "outboundPrivate"
  >,
): BreachCheck | undefined {
  return breachCheck === null ? undefined : createBreachCheck({
    url: breachCheck,
    allowPrivate: outboundPrivate,
  });
}
