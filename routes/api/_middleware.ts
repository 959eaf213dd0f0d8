import { define } from "../../utils.ts";

/** API responses are never cached: each depends on the user. */
export default define.middleware(async function apiHeaders(ctx) {
  const response = await ctx.next();
  response.headers.set("cache-control", "no-store");
  return response;
});
