import { knownParams } from "../../middlewares/known_params.ts";
import { requireRole } from "../../middlewares/require_role.ts";

export default [requireRole("user"), knownParams];
