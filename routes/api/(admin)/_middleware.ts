import { adminLog } from "../../../middlewares/admin_log.ts";
import { requireRole } from "../../../middlewares/require_role.ts";

export default [requireRole("admin"), adminLog];
