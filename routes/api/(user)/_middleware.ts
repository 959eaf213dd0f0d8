import { knownParams } from "../../../middlewares/known_params.ts";
import { ownPassword } from "../../../middlewares/own_password.ts";
import { requireRole } from "../../../middlewares/require_role.ts";

export default [requireRole("user"), ownPassword, knownParams];
