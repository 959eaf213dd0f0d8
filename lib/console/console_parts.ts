import type { Accounts } from "../accounts/open_accounts.ts";
import type { Resolver } from "../bots/resolver.ts";
import type { AccessLists } from "../lists/access_lists.ts";
import type { BlockConfirmations } from "../lists/block_confirm.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import type { Config } from "../settings/config.ts";

/** What pages and the API share, of all that a process has open. */
export interface ConsoleParts {
  config: Config;
  kv: Deno.Kv;
  now: () => number;
  lists: AccessLists;
  /** How addresses are kept (`PRIVACY_IP`), and found again. */
  addresses: AddressStorage;
  confirmations: BlockConfirmations;
  accounts: Accounts;
  resolver: Resolver;
  /** What the DNS calls an address, if it says so in time. */
  reverseName: (address: string) => Promise<string | null>;
}
