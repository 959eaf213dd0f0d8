import { keys } from "./keys.ts";
import { SchemaError } from "./schema.ts";

/**
 * FoundationDB, which keeps Deno Deploy's databases, counts a million versions a second; a store in
 * memory or in a file counts its commits.
 */
const MIN_VERSION = 1_000_000n;

/**
 * Checks on Deno Deploy that the store outlives the process: without a database assigned to the app,
 * `:default:` opens one in memory and says nothing. Called after the store has its schema's version.
 *
 * @throws {SchemaError} where it does not.
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
  // Ten bytes: the version, and two that tell commits of the same version apart.
  const version = BigInt(`0x${versionstamp?.slice(0, 16) || "0"}`);
  if (version < MIN_VERSION) {
    throw new SchemaError(
      "it has no database, and is lost on Deno Deploy: assign a KV database to the app, or set ALLOW_EPHEMERAL=1",
    );
  }
}
