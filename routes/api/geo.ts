import * as v from "valibot";
import { GeoError, type GeoErrorKind } from "../../lib/geo/geo_error.ts";
import { limitedProblem } from "../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import type { Decision } from "../../lib/limits/throttle.ts";
import { limitSubject } from "../../lib/net/prefix.ts";
import { canonicalIp } from "../../lib/net/ip.ts";
import { problem } from "../../lib/http/problem.ts";
import { refuseParams } from "../../middlewares/known_params.ts";
import { readJson } from "../../lib/http/request_body.ts";
import { define } from "../../utils.ts";
import type { State } from "../../utils.ts";

const Body = v.object({ ip: v.string("expected an IP address") });

const STATUS: Record<GeoErrorKind, number> = {
  invalid: 422,
  not_public: 422,
  off: 503,
  unavailable: 502,
  timeout: 504,
};

export const handler = define.handlers({
  async GET(ctx) {
    refuseParams(ctx.url);
    const taken = await takeGeo(ctx.state);
    if (taken instanceof Response) return taken;
    return locate(ctx.state, ctx.state.visitor.ip, true, taken);
  },

  async POST(ctx) {
    refuseParams(ctx.url);
    const taken = await takeGeo(ctx.state);
    if (taken instanceof Response) return taken;
    const { ip } = await readJson(ctx.req, Body);
    return locate(ctx.state, ip, false, taken);
  },
});

/** Counts a look-up before its body is read; returns the refusal if there are too many. */
async function takeGeo(
  { services, visitor }: State,
): Promise<Response | Decision> {
  const { config, geoThrottle, addresses } = services;
  const subject = addresses.nameOf(
    "limit",
    limitSubject(visitor.ip, config.ipv6Prefix),
  );
  const decision = await geoThrottle.take(subject, config.geoRate);
  return decision.allowed ? decision : limitedProblem(visitor, decision);
}

/** The place of an address; the caller's own may be a private one, which has none. */
async function locate(
  { services: { geo } }: State,
  ip: string,
  isOwn: boolean,
  decision: Decision,
): Promise<Response> {
  const headers = rateLimitHeaders(decision);
  try {
    const place = await geo.locate(ip);
    return Response.json({ ip_address: canonicalIp(ip), ...place }, {
      headers,
    });
  } catch (error) {
    if (!(error instanceof GeoError)) throw error;
    if (isOwn && error.kind === "not_public") {
      return Response.json({ ip_address: ip, ...NOWHERE }, { headers });
    }
    return problem(STATUS[error.kind], error.message, headers);
  }
}

const NOWHERE = {
  country: null,
  country_code: null,
  city: null,
  latitude: null,
  longitude: null,
  source: "private address",
};
