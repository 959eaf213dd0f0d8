import { requireRole } from "../../middlewares/require_role.ts";

export default requireRole("user");
