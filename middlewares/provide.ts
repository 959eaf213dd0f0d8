import type { GuardedInfo } from "../lib/guard/info.ts";
import type { Services } from "../lib/app/services.ts";
import { define } from "../utils.ts";

/** Passes the process's services and the visitor to all later handlers. */
export function provide(services: Services) {
  return define.middleware(function provide(ctx) {
    ctx.state.services = services;
    // The guard, which wraps the app, sets the visitor there; see app.ts.
    ctx.state.visitor = (ctx.info as GuardedInfo).visitor;
    return ctx.next();
  });
}
