import { PolicyFile } from "./policy_file.ts";
import { declaredRules, storedPolicy } from "./policy_store.ts";
import { readRules } from "./read_rules.ts";

/** Whether the policy in force has challenges; an invalid file has none. */
export async function hasChallenge(
  kv: Deno.Kv,
  file: string | null,
): Promise<boolean> {
  const declaration = file === null
    ? readRules(declaredRules(await storedPolicy(kv)))
    : await new PolicyFile(file).read().catch(() => null);
  return declaration?.rules.some(({ kind, then }) =>
    kind === "challenge" || then === "challenge"
  ) ?? false;
}
