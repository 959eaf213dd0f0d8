import { createSetupToken } from "../lib/accounts/setup.ts";
import type { Services } from "../lib/services.ts";
import { isStoreFailure } from "../lib/store/errors.ts";
import { shownKvPath } from "../lib/store/open.ts";

/**
 * Says where a server is reached, which KV it uses and, while there is no admin, by which link the
 * first one is created.
 */
export async function announce(
  { config, accounts }: Services,
  port: number,
): Promise<void> {
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const origin = config.publicOrigin ?? `http://${host}:${port}`;
  console.log(`Portcullis serves on http://${host}:${port}${config.basePath}`);
  console.log(`KV: ${shownKvPath(config.kvPath)}`);
  if (config.kvPath === ":memory:") {
    console.log("  in memory: everything is forgotten when this process ends.");
  }
  const token = await setupToken(accounts);
  if (token !== null) {
    console.log(
      `No admin exists yet. Create one here, once, within 24 hours:`,
    );
    console.log(`  ${origin}${config.basePath}/setup?token=${token}`);
  }
  if (config.bypassBlocklist) {
    console.log("BYPASS_BLOCKLIST=1: nothing is blocked.");
  }
  console.log("Ready.");
}

/** A store that fails now must not end a server that already serves. */
async function setupToken(
  accounts: Services["accounts"],
): Promise<string | null> {
  try {
    return await createSetupToken(accounts);
  } catch (error) {
    if (!isStoreFailure(error)) throw error;
    console.error(
      "The store does not answer: if there is no admin yet, start again for a set-up link.",
    );
    return null;
  }
}
