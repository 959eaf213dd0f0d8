import { canonicalIp } from "../net/ip.ts";
import { pathParam } from "../http/path_param.ts";

/** Paths of ours that name an address: the console's and the API's. */
const NAMING = /(\/admin\/ip\/|\/api\/blocked\/|\/api\/addresses\/)([^/?#]+)/;

/**
 * A path or referrer with the stored form of an address that one of our own paths names: or whoever
 * looks at the dossier of an address would write it into the log.
 */
export function withStoredForm(
  text: string,
  stored: (ip: string) => string,
): string {
  return text.replace(NAMING, (all, path: string, segment: string) => {
    let ip: string | null = null;
    try {
      ip = canonicalIp(pathParam(segment));
    } catch {
      // No path that names an address.
    }
    return ip === null ? all : path + stored(ip);
  });
}

/** The paths of ours that name an address, in the spellings that our own links have. */
export function pathsNaming(ip: string): string[] {
  const spellings = new Set([ip, encodeURIComponent(ip)]);
  return [...spellings].flatMap((text) => [
    `/admin/ip/${text}`,
    `/api/blocked/${text}`,
    `/api/addresses/${text}`,
  ]);
}
