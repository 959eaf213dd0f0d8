import { createHmac } from "node:crypto";
import { Lru } from "../lru.ts";
import { cidrOf, formatCidr } from "../net/cidr.ts";
import { formatIp, parseIp } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { secretKey } from "../store/secret_key.ts";

/** How addresses are stored in the request log (`PRIVACY_IP`). */
export type PrivacyMode = "full" | "truncated" | "hashed";

/**
 * Makes the function that turns an address into what the request log stores of it: the address, the
 * first address of its network (/24 or /48), or a keyed hash that looks like an address of
 * 2001:db8::/32, so that it can be grouped, filtered and shown like one but leads to nobody. The key
 * is the store's own.
 */
export async function addressStorage(
  kv: Deno.Kv,
  mode: PrivacyMode,
): Promise<(ip: string) => string> {
  if (mode === "full") return (ip) => ip;
  const known = new Lru<string, string>(4_096);
  const convert = mode === "truncated"
    ? truncated
    : hasher(await secretKey(kv, keys.privacyKey()));
  return function stored(ip) {
    let text = known.get(ip);
    if (text === undefined) known.set(ip, text = convert(ip));
    return text;
  };
}

function truncated(text: string): string {
  const ip = parseIp(text);
  if (!ip) return text;
  const network = cidrOf(ip, ip.family === 4 ? 24 : 48);
  return formatCidr(network).replace(/\/\d+$/, "");
}

function hasher(key: Uint8Array): (ip: string) => string {
  return (ip) => {
    const digest = createHmac("sha256", key).update(ip).digest();
    let text = "2001:db8";
    for (let i = 0; i < 12; i += 2) {
      text += `:${digest.readUInt16BE(i).toString(16)}`;
    }
    return formatIp(parseIp(text)!);
  };
}
