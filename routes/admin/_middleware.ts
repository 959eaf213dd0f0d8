import { adminLog } from "../../middlewares/admin_log.ts";
import { knownParams } from "../../middlewares/known_params.ts";
import { countIncidents } from "../../middlewares/open_incidents.ts";
import { requireRole } from "../../middlewares/require_role.ts";

export default [requireRole("admin"), knownParams, adminLog, countIncidents];
