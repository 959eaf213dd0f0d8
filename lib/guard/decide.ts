/**
 * `/api/decide`: for existing proxies. nginx (`auth_request`), Caddy and Traefik (forward auth)
 * call it before they pass a request on; it decides and logs as if the request had come here.
 *
 * @module
 */
import { RawFields } from "../http/raw_fields.ts";
import { faultOf, pathOfTarget, sentPath } from "../http/received_url.ts";
import { problem } from "../http/problem.ts";
import type { RequestHead } from "../http/request_view.ts";
import { type Cidr, contains } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { SOLUTION_FIELD } from "../policy/challenge.ts";
import type { FreshHandler } from "./enclose.ts";
import type { Guard } from "./guard.ts";
import { NO_INFO, peerAddress } from "./info.ts";
import { CHALLENGE_PATH } from "./policy_gate.ts";

/** Options of {@linkcode deciding}. */
export interface DecidingOptions {
  guard: Guard;
  /** The peers that may call it. */
  trustedProxies: readonly Cidr[];
}

const PATH = "/api/decide";

/** Responds to proxies; all other requests are passed to `next`. */
export function deciding(
  { guard, trustedProxies }: DecidingOptions,
  next: FreshHandler,
): FreshHandler {
  return async function decidingHandler(request, info = NO_INFO) {
    const path = sentPath(request.url, request.headers.get("host"));
    if (path !== PATH) return await next(request, info);
    const peer = peerAddress(info.remoteAddr);
    const visitor = guard.identify(request.headers, peer);
    const ip = parseIp(peer);
    if (!ip || !trustedProxies.some((range) => contains(range, ip))) {
      return await guard.handle(request, visitor, () =>
        problem(
          403,
          "Cannot decide for this peer: expected one of TRUSTED_PROXIES",
        ));
    }
    const original = originalOf(request);
    if (original === null) {
      return await guard.handle(request, visitor, () =>
        problem(
          400,
          "Cannot decide: expected X-Original-URL, or X-Forwarded-Uri",
        ));
    }
    const answer = await guard.handle(
      original,
      visitor,
      () => new Response(null, { status: 204 }),
    );
    return visitor.outcome === "challenged"
      ? toChallenge(original, answer)
      : answer;
  };
}

/** The original request of a proxy's call, or null if it is not stated. */
function originalOf(request: Request): RequestHead | null {
  const { headers } = request;
  const sent = headers.get("x-original-url") ?? headers.get("x-forwarded-uri");
  if (sent === null) return null;
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(sent);
  const target = absolute ? absolute[2] || "/" : sent;
  if (!target.startsWith("/")) return null;
  const host = absolute?.[1] || headers.get("x-forwarded-host") ||
    headers.get("host") || "localhost";
  const method = headers.get("x-original-method") ??
    headers.get("x-forwarded-method") ?? "GET";
  // Always http: `PUBLIC_ORIGIN` determines the names of cookies, as on the challenge's page.
  const url = `http://${host}${target}`;
  const fields = fieldsOf(headers);
  return {
    method,
    url,
    fields,
    headers: new RawFields(fields),
    target,
    host,
    path: pathOfTarget(target),
    fault: faultOf(url, headers.get("host")),
  };
}

/**
 * Solutions are only accepted on the challenge's own page: here the pass could not be sent to the
 * browser.
 */
function fieldsOf(headers: Headers): string[] {
  return [...headers].filter(([name]) => name !== SOLUTION_FIELD).flat();
}

/** 401, with the challenge's address; browsers that get this page are redirected there. */
async function toChallenge(
  { url }: RequestHead,
  challenge: Response,
): Promise<Response> {
  await challenge.body?.cancel();
  const target = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  const location = `${CHALLENGE_PATH}?next=${encodeURIComponent(target)}`;
  return new Response(
    `<!doctype html><html lang="en"><title>One moment</title>` +
      `<meta http-equiv="refresh" content="0;url=${location}">` +
      `<p><a href="${location}">Continue</a></p>`,
    {
      status: 401,
      headers: {
        location,
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "www-authenticate": "Portcullis",
      },
    },
  );
}
