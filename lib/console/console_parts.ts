import type { Accounts } from "../accounts/open_accounts.ts";
import type { Resolver } from "../bots/resolver.ts";
import type { AccessLists } from "../lists/access_lists.ts";
import type { BlockConfirmations } from "../lists/block_confirm.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import type { Config } from "../settings/config.ts";

/** The open resources of a process that pages and the API share. */
export interface ConsoleParts {
  config: Config;
  kv: Deno.Kv;
  now: () => number;
  lists: AccessLists;
  /** How addresses are stored (`PRIVACY_IP`) and looked up. */
  addresses: AddressStorage;
  confirmations: BlockConfirmations;
  accounts: Accounts;
  resolver: Resolver;
  /** The reverse DNS name of an address, if it arrives in time. */
  reverseName: (address: string) => Promise<string | null>;
}
