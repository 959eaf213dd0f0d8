import { formatIp, parseIp } from "../net/ip.ts";
import { isPublic } from "../net/special.ts";

/** The canonical text of a public address, null for anything else. */
export function publicIp(text: string): string | null {
  const ip = parseIp(text);
  return ip && isPublic(ip) ? formatIp(ip) : null;
}
