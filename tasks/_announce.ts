import { createSetupToken } from "../lib/accounts/setup.ts";
import { receiverOf } from "../lib/alerts/receiver.ts";
import { logLine } from "../lib/base/log_line.ts";
import { parseIp } from "../lib/net/ip.ts";
import { namesPrivateAddress, refusalOf } from "../lib/net/outbound_address.ts";
import type { Services } from "../lib/app/services.ts";
import { isStoreFailure } from "../lib/store/errors.ts";
import { shownKvPath } from "../lib/store/open.ts";

/**
 * Prints the server's address, its KV store and, while there is no admin, the link for creating the
 * first one.
 */
export async function announce(
  { config, accounts }: Services,
  port: number,
): Promise<void> {
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const origin = config.publicOrigin ?? `http://${host}:${port}`;
  logLine("info", "sys_startup", { pid: Deno.pid, deno: Deno.version.deno });
  console.log(`Portcullis serves on http://${host}:${port}${config.basePath}`);
  console.log(`KV: ${shownKvPath(config.kvPath)}`);
  if (config.kvPath === ":memory:") {
    console.log("  in memory: all data is lost when this process ends.");
  }
  const token = await setupToken(accounts);
  if (token !== null) {
    console.log(
      `No admin exists yet. Create one here, once, within 24 hours:`,
    );
    console.log(`  ${origin}${config.basePath}/setup#${token}`);
  }
  for (const line of alertLines(config)) console.log(line);
  if (config.bypassBlocklist) {
    console.log("BYPASS_BLOCKLIST=1: nothing is blocked.");
  }
  console.log("Ready.");
}

/** Where alerts are sent, and why that is or is not allowed. */
function alertLines(config: Services["config"]): string[] {
  const receiver = receiverOf(config, { now: Date.now });
  if (receiver === null) return [];
  const { host, format } = receiver;
  const lines = [`Alerts go to ${host} as ${format}.`];
  const ip = parseIp(host);
  if (config.outboundPrivate) return lines;
  if (namesPrivateAddress(new URL(config.alertWebhookUrl!))) {
    lines.push(
      `  ${host} is private: allowed, as it is in ALERT_WEBHOOK_URL itself.`,
    );
  } else if (ip !== null && refusalOf(ip) !== null) {
    lines.push(
      `  ${host} is a ${
        refusalOf(ip)
      } address: nothing is sent there without OUTBOUND_PRIVATE=1.`,
    );
  }
  return lines;
}

/** A failure of the store must not end a server that already serves. */
async function setupToken(
  accounts: Services["accounts"],
): Promise<string | null> {
  try {
    return await createSetupToken(accounts);
  } catch (error) {
    if (!isStoreFailure(error)) throw error;
    console.error(
      "The store does not answer: if there is no admin yet, restart to get a set-up link.",
    );
    return null;
  }
}
