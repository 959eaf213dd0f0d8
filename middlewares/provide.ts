import type { GuardedInfo } from "../lib/guard/info.ts";
import type { Services } from "../lib/app/services.ts";
import { define } from "../utils.ts";

/** Hands the process's services, and who sent the request, to everything further in. */
export function provide(services: Services) {
  return define.middleware(function provide(ctx) {
    ctx.state.services = services;
    // The app is enclosed by the guard, which leaves the visitor there; see app.ts.
    ctx.state.visitor = (ctx.info as GuardedInfo).visitor;
    return ctx.next();
  });
}
