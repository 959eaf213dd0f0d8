import { quoted } from "../base/quoted.ts";
import { compileLoginPaths } from "../detection/login_paths.ts";
import { loginProposals } from "../detection/login_proposals.ts";
import type { DoctorContext } from "./context.ts";
import type { Check } from "./doctor.ts";

/** Paths that take passwords, as it seems, and are not among `LOGIN_PATHS`. */
export async function checkLoginPaths(
  { kv, now, config }: DoctorContext,
): Promise<Check | null> {
  if (kv === null) return null;
  const { loginPaths } = config;
  const found = await loginProposals(kv, now(), compileLoginPaths(loginPaths));
  if (found.length === 0) return null;
  const seen = found.map(({ path, posts, status }) =>
    `${quoted(path)} (${posts} forms in an hour, answered with ${status})`
  ).join(", ");
  const line = [...loginPaths, ...found.map(({ path }) => path)].join(",");
  return {
    level: "warn",
    title: "Login paths",
    detail:
      `Passwords seem to be sent to ${seen}, but wrong ones are not counted: LOGIN_PATHS=${line}`,
  };
}
