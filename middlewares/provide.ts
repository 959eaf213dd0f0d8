import type { Services } from "../lib/app/services.ts";
import { define } from "../utils.ts";

/** Hands the process's services to everything further in. */
export function provide(services: Services) {
  return define.middleware(function provide(ctx) {
    ctx.state.services = services;
    return ctx.next();
  });
}
