import {
  resolveProof,
  sessionProof,
} from "../../../../lib/accounts/request_session.ts";
import { requestFilter } from "../../../../lib/log/request_filter.ts";
import { TailFullError } from "../../../../lib/log/request_tail.ts";
import { parsePosition } from "../../../../lib/log/tail_position.ts";
import { tailStream } from "../../../../lib/log/tail_stream.ts";
import { problem } from "../../../../lib/http/problem.ts";
import { define } from "../../../../signed_in.ts";

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // A proxy that buffers the stream would never send it.
  "x-accel-buffering": "no",
};

export const handler = define.handlers({
  async GET(ctx) {
    const { accounts, tail, addresses } = ctx.state.services;
    const { searchParams: params } = ctx.url;
    const filter = requestFilter(params, addresses);
    const text = ctx.req.headers.get("last-event-id") || params.get("after");
    const after = text ? parsePosition(text) : null;
    if (text && after === null) {
      return problem(
        400,
        "Cannot resume: expected Last-Event-ID to be an id of this stream",
      );
    }
    // HEAD is routed here, too, and must not open a stream.
    if (ctx.req.method === "HEAD") {
      return new Response(null, { headers: HEADERS });
    }
    const proof = sessionProof(ctx.req.headers, ctx.state.cookies);
    try {
      const body = await tailStream({
        tail,
        filter,
        after,
        async isAllowed() {
          const found = proof && await resolveProof(accounts, proof);
          return found ? found.user.role === "admin" : false;
        },
      });
      return new Response(body, { headers: HEADERS });
    } catch (error) {
      if (!(error instanceof TailFullError)) throw error;
      return problem(
        503,
        "Too many live views are open. Close one, or try again later.",
        { "retry-after": "10" },
      );
    }
  },
});
