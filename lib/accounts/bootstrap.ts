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
  if (admin === null || await hasAdmin(maker)) return;
  try {
    await createFirstAdmin(maker, admin);
    logLine("info", "user_created", { userid: admin.username, role: "admin" });
  } catch (error) {
    if (error instanceof AdminExistsError) return;
    if (
      error instanceof InvalidInputError || error instanceof UsernameTakenError
    ) {
      const variable =
        error instanceof InvalidInputError && error.field === "password"
          ? "ADMIN_PASSWORD"
          : "ADMIN_USERNAME";
      console.error(`${variable} cannot be used: ${error.message}`);
      Deno.exit(1);
    }
    throw error;
  }
}
