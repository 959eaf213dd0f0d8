import { HOUR, spanText } from "../base/duration.ts";
import { listSafeHosts } from "../lists/safe_hosts.ts";
import type { Check } from "./doctor.ts";

/** Names are looked up every five minutes, so this is more than a short failure. */
const LATE_MS = HOUR;

/** What the doctor says of names on the safelist; nothing where there are none. */
export async function checkSafeHosts(
  kv: Deno.Kv,
  now: number,
): Promise<Check[]> {
  const hosts = await listSafeHosts(kv, now);
  if (hosts.length === 0) return [];
  const title = "Names on the safelist";
  const late = hosts.filter(({ resolved_at }) => now - resolved_at > LATE_MS);
  if (late.length === 0) {
    const detail = `${hosts.length}, all of them resolved.`;
    return [{ level: "ok", title, detail }];
  }
  return [{
    level: "warn",
    title,
    detail: late.map(({ host, error, resolved_at }) =>
      `${host} has kept its last addresses for ${
        spanText(now - resolved_at)
      }: ${error ?? "is a server running?"}`
    ).join(" "),
    fix: `deno task allow-ip ${late[0]!.host} --remove`,
  }];
}
