import { App, csp, staticFiles } from "fresh";
import { middlewareOf } from "./lib/guard/middleware.ts";
import type { Services } from "./lib/app/services.ts";
import { errorPages } from "./middlewares/error_pages.tsx";
import { passwordChange } from "./middlewares/password_change.ts";
import { provide } from "./middlewares/provide.ts";
import { sameOrigin } from "./middlewares/same_origin.ts";
import { securityHeaders } from "./middlewares/security_headers.ts";
import { session } from "./middlewares/session.ts";
import type { State } from "./utils.ts";

/** The app: the order below is the order that a request passes through. */
export function createApp(services: Services): App<State> {
  const https = services.config.publicOrigin?.startsWith("https:") ?? false;
  return new App<State>()
    .use(provide(services))
    .use(middlewareOf(services.guard))
    .use(securityHeaders({ https }))
    .use(errorPages)
    .use(csp({ useNonce: true }))
    .use(staticFiles())
    .use(session)
    .use(sameOrigin)
    .use(passwordChange)
    .fsRoutes();
}
