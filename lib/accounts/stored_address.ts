import type { AccountStore } from "./users.ts";

/** An address as it may be kept of somebody's login (`PRIVACY_IP`). */
export async function storedAddress(
  { addresses }: Pick<AccountStore, "addresses">,
  ip: string,
): Promise<string> {
  if (addresses === undefined) return ip;
  await addresses.ready();
  return addresses.stored(ip);
}
