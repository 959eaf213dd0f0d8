import { openIncidents } from "../lib/console/open_incidents.ts";
import { isStoreFailure } from "../lib/store/errors.ts";
import { define } from "../utils.ts";

/** Counts the open incidents for the frame; if the store fails, a page is shown without them. */
export const countIncidents = define.middleware(
  async function countIncidents(ctx) {
    const { kv, now } = ctx.state.services;
    const isPage = ctx.req.method === "GET" || ctx.req.method === "POST";
    if (isPage) {
      try {
        ctx.state.openIncidents = (await openIncidents(kv, now())).length;
      } catch (error) {
        if (!isStoreFailure(error)) throw error;
      }
    }
    return ctx.next();
  },
);
