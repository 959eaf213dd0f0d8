import { define } from "../utils.ts";

/**
 * Responds to OPTIONS if there is a route. Fresh's own response depends on how a route is written:
 * 204, the page, or 404. Other origins are not mentioned, so no browser takes it for a permission.
 */
export const answerOptions = define.middleware(function answerOptions(ctx) {
  if (ctx.req.method !== "OPTIONS" || ctx.route === null) return ctx.next();
  const isApi = ctx.url.pathname.startsWith("/api/");
  const methods = isApi ? "POST, PUT, PATCH, DELETE" : "POST";
  return new Response(null, {
    status: 204,
    headers: { allow: `GET, HEAD, ${methods}, OPTIONS` },
  });
});
