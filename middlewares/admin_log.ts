import { isSafeMethod } from "../lib/http/same_origin.ts";
import { logLine } from "../lib/base/log_line.ts";
import { define } from "../utils.ts";

/**
 * Logs that an admin changed something in the console or by the API; the audit trail has the
 * details.
 */
export const adminLog = define.middleware(async function adminLog(ctx) {
  const response = await ctx.next();
  const { user, visitor } = ctx.state;
  if (!isSafeMethod(ctx.req.method) && response.status < 400) {
    logLine("info", "authz_admin", {
      userid: user?.username ?? null,
      ip_address: visitor.ip,
      method: ctx.req.method,
      path: ctx.url.pathname,
      status: response.status,
    });
  }
  return response;
});
