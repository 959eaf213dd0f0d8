import { define } from "../../utils.ts";

/** No answer of the API is kept by caches: each depends on who asks. */
export default define.middleware(async function apiHeaders(ctx) {
  const response = await ctx.next();
  response.headers.set("cache-control", "no-store");
  return response;
});
