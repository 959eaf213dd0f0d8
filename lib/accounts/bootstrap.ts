import { appendAudit } from "../store/audit.ts";
import { logLine } from "../base/log_line.ts";
import {
  type AccountMaker,
  createFirstAdmin,
  type Credentials,
} from "./create_user.ts";
import {
  AdminExistsError,
  InvalidInputError,
  UsernameTakenError,
} from "./errors.ts";
import { hasAdmin } from "./users.ts";

/**
 * Creates the admin that `ADMIN_USERNAME` and `ADMIN_PASSWORD` name, unless there is an admin. A
 * name or password that breaks the rules ends the process with status 1 and one line.
 */
export async function bootstrapAdmin(
  maker: AccountMaker,
  admin: Credentials | null,
): Promise<void> {
  try {
    await ensureAdmin(maker, admin);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

/**
 * Creates that admin where nobody is one.
 *
 * @throws {InvalidInputError} naming the variable whose value breaks the rules.
 */
export async function ensureAdmin(
  maker: AccountMaker,
  admin: Credentials | null,
): Promise<void> {
  if (admin === null || await hasAdmin(maker)) return;
  try {
    const { username } = await createFirstAdmin(maker, admin);
    await appendAudit(maker.kv, {
      ...{ who: "ADMIN_USERNAME", what: "user_create", target: username },
      why: "role: admin",
    }, maker.now());
    logLine("info", "user_created", { userid: admin.username, role: "admin" });
  } catch (error) {
    if (error instanceof AdminExistsError) return;
    const isPassword = error instanceof InvalidInputError &&
      error.field === "password";
    if (
      error instanceof InvalidInputError || error instanceof UsernameTakenError
    ) {
      const variable = isPassword ? "ADMIN_PASSWORD" : "ADMIN_USERNAME";
      throw new InvalidInputError(
        isPassword ? "password" : "username",
        `${variable} cannot be used: ${error.message}`,
      );
    }
    throw error;
  }
}
