import { stackOf } from "./lib/base/error_words.ts";
import { App, csp } from "fresh";
import "./components/ui/unmarked_links.ts";
import { deciding } from "./lib/guard/decide.ts";
import {
  answeringFaults,
  enclose,
  type FreshHandler,
  guarded,
  identified,
  type VisitorHandler,
} from "./lib/guard/enclose.ts";
import type { GuardedInfo } from "./lib/guard/info.ts";
import { compressed } from "./lib/http/compressed.ts";
import { logLine } from "./lib/base/log_line.ts";
import { type PackedFile, packedFiles } from "./lib/app/packed_files.ts";
import type { Services } from "./lib/app/services.ts";
import { answerOptions } from "./middlewares/answer_options.ts";
import { errorPages } from "./middlewares/error_pages.tsx";
import { ourFiles } from "./middlewares/our_files.ts";
import { CompressedFiles } from "./middlewares/compressed_files.ts";
import { passwordChange } from "./middlewares/password_change.ts";
import { provide } from "./middlewares/provide.ts";
import { sameOrigin } from "./middlewares/same_origin.ts";
import { withSecurityHeaders } from "./middlewares/security_headers.ts";
import { session } from "./middlewares/session.ts";
import type { State } from "./utils.ts";

/**
 * The app: requests pass through the layers in the order below. Around Fresh are authentication,
 * the headers of every response, the guard, and responses to errors in Fresh.
 *
 * @param files The files of the build, if a module contains them.
 */
export function createApp(
  services: Services,
  files: readonly PackedFile[] = [],
): App<State> {
  const { guard, config } = services;
  const https = config.publicOrigin?.startsWith("https:") ?? false;
  const app = pages(services);
  enclose(app, (inner) => {
    const recorded = guarded(guard, answering(inner, files), {
      requestDeadlineMs: config.requestDeadline,
      ends: services.ends,
    });
    const whole = identified(
      guard,
      withSecurityHeaders(
        { https, hstsSubdomains: config.hsts === "subdomains" },
        recorded,
      ),
    );
    const { trustedProxies } = config;
    return compressing(deciding({ guard, trustedProxies }, whole));
  });
  return app;
}

/**
 * The same pages inside another app, whose guard has seen the request and is around both.
 *
 * @param files The files of the build, if they are not on disk.
 */
export function createConsole(
  services: Services,
  files: readonly PackedFile[],
): App<State> {
  const app = pages(services);
  enclose(app, (inner) => {
    // Whether the host is reached by https only is up to the other app.
    const headed = withSecurityHeaders(
      { https: false },
      answering(inner, files),
    );
    return compressing((request, info) => headed(request, info as GuardedInfo));
  });
  return app;
}

function compressing(inner: FreshHandler): FreshHandler {
  return async (request, info) =>
    await compressed(request, await inner(request, info));
}

/** Responses by Fresh, except for its errors, and for files that are not on disk. */
function answering(
  inner: FreshHandler,
  files: readonly PackedFile[],
): VisitorHandler {
  const answer = answeringFaults(inner, logFault);
  if (files.length === 0) return answer;
  const fileFor = packedFiles(files);
  const smaller = new CompressedFiles();
  return async function fileOrAnswer(request, info) {
    const file = fileFor(request);
    return file === null
      ? await answer(request, info)
      : await smaller.answer(request, file);
  };
}

function pages(services: Services): App<State> {
  return new App<State>()
    .use(provide(services))
    .use(errorPages)
    .use(csp({ useNonce: true }))
    .use(ourFiles())
    .use(answerOptions)
    .use(session)
    .use(sameOrigin)
    .use(passwordChange)
    .fsRoutes();
}

function logFault(error: unknown, { method }: Request): void {
  logLine("error", "sys_error", {
    method,
    status: 500,
    error: stackOf(error),
  });
}
