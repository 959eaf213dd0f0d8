import { canonicalIp } from "../net/ip.ts";
import { pathParam } from "../http/path_param.ts";

/** Paths of the console and the API that contain an address. */
const NAMING = /(\/admin\/ip\/|\/api\/blocked\/|\/api\/addresses\/)([^/?#]+)/;

/**
 * Replaces an address in a path or referrer of the console by its stored form: otherwise opening
 * the dossier of an address would write the address into the log.
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
