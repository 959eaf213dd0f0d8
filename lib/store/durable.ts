import { keys } from "./keys.ts";
import { SchemaError } from "./schema.ts";

/**
 * FoundationDB, which stores Deno Deploy's databases, counts a million versions per second; a store
 * in memory or in a file counts its commits.
 */
const MIN_VERSION = 1_000_000n;

/**
 * Checks on Deno Deploy that the store is persistent: without a database assigned to the app,
 * `:default:` opens one in memory without an error. Called after the schema version is stored.
 *
 * @throws {SchemaError} if it is not.
 */
export async function requireDurable(
  kv: Deno.Kv,
  { onDeploy, allowEphemeral, kvPath }: {
    onDeploy: boolean;
    allowEphemeral: boolean;
    kvPath: string;
  },
): Promise<void> {
  if (!onDeploy || allowEphemeral || kvPath !== ":default:") return;
  const { versionstamp } = await kv.get(keys.schemaVersion());
  // Ten bytes: the version, and two that distinguish commits of the same version.
  const version = BigInt(`0x${versionstamp?.slice(0, 16) || "0"}`);
  if (version < MIN_VERSION) {
    throw new SchemaError(
      "it has no database, and is lost on Deno Deploy: assign a KV database to the app, or set ALLOW_EPHEMERAL=1",
    );
  }
}
