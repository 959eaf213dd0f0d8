import { stackOf } from "../lib/base/error_words.ts";
import { HttpError } from "fresh";
import { ErrorPage } from "../components/ui/error_page.tsx";
import { openIncidents } from "../lib/console/open_incidents.ts";
import { readerLocale } from "./reader_locale.ts";
import { BusyError } from "../lib/accounts/errors.ts";
import { hasSignup } from "../lib/accounts/sign_in_ways.ts";
import { problem, titleOf } from "../lib/http/problem.ts";
import { isStoreFailure, isThrownByStore } from "../lib/store/errors.ts";
import { Refusal } from "../lib/base/refusal.ts";
import { logLine } from "../lib/base/log_line.ts";
import { define, type State } from "../utils.ts";

/**
 * Turns errors of later handlers into a response: a problem for the API, a page for people. Done in
 * a middleware and not in `_error.tsx`, so that the guard sees the real status and the security
 * headers are also set on these pages.
 */
export const errorPages = define.middleware(async function errorPages(ctx) {
  try {
    return await ctx.next();
  } catch (error) {
    const { outage, lists } = ctx.state.services;
    const isStores = isStoreFailure(error) ||
      lists.lastError !== null && isThrownByStore(error);
    const { status, message, retryAfter } = isStores
      ? STORE_DOWN
      : explain(error);
    if (status === 400 || status === 422) {
      logLine("warn", "input_validation_fail", {
        ip_address: ctx.state.visitor.ip,
        method: ctx.req.method,
        path: ctx.url.pathname,
        status,
      });
    }
    if (isStores) outage.failed(error);
    else if (status >= 500 && !(error instanceof BusyError)) {
      logLine("error", "sys_error", {
        method: ctx.req.method,
        path: ctx.url.pathname,
        status,
        error: stackOf(error),
      });
    }
    const headers = new Headers({ "cache-control": "no-store" });
    if (retryAfter) headers.set("retry-after", retryAfter);
    if (status === 401) headers.set("www-authenticate", "Bearer");
    const path = ctx.url.pathname;
    if (path === "/api" || path.startsWith("/api/")) {
      return problem(status, message ?? DEFAULT_MESSAGES[status], headers);
    }
    const frame = await frameOf(ctx.state, path, isStores);
    return ctx.render(
      <ErrorPage
        status={status}
        title={titleOf(status)}
        message={message}
        {...frame}
        path={path}
        hasSignup={hasSignup(ctx.state.services.config)}
        locale={readerLocale(ctx.req.headers.get("accept-language"))}
      />,
      { status, headers },
      { skipAppWrapper: true, skipInheritedLayouts: true },
    );
  }
});

/** The parts of the usual frame that an error page keeps. */
async function frameOf(state: State, path: string, isStoreDown: boolean) {
  // Unset if the request failed before the session was read.
  const user = state.user ?? null;
  const isConsole = user?.role === "admin" && path.startsWith("/admin");
  if (!isConsole || isStoreDown) return { user, openIncidents: null };
  if (state.openIncidents !== undefined) {
    return { user, openIncidents: state.openIncidents };
  }
  const { kv, now } = state.services;
  try {
    return { user, openIncidents: (await openIncidents(kv, now())).length };
  } catch {
    // The page reports an error; a second error must not replace it.
    return { user, openIncidents: null };
  }
}

interface Explanation {
  status: number;
  message?: string;
  retryAfter?: string;
}

/** The API's messages for errors without a message of their own. */
const DEFAULT_MESSAGES: Record<number, string> = {
  404: "There is no such call, or no object of this name.",
  405: "This call does not support this method.",
};

const STORE_DOWN: Explanation = {
  status: 503,
  message:
    "The store does not answer. Nothing was changed; try again in a moment.",
  retryAfter: "5",
};

/** The part of an error that is shown; never the message of an unexpected one. */
function explain(error: unknown): Explanation {
  if (error instanceof BusyError) {
    return {
      status: 503,
      message:
        "Too many logins are being checked right now. Try again in a moment.",
      retryAfter: String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000))),
    };
  }
  if (error instanceof Refusal) {
    return { status: error.status, message: error.message };
  }
  if (error instanceof HttpError) {
    const { status, message } = error;
    const isTold = status < 500 || status === 503;
    // The message of Fresh's own errors is the status' name, or empty.
    const isSaid = message !== "" && message !== titleOf(status);
    return { status, message: isTold && isSaid ? message : undefined };
  }
  return { status: 500 };
}
