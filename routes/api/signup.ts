import { scriptAttempt, signupsSpent } from "../../lib/accounts/attempt.ts";
import { CredentialsBody } from "../../lib/accounts/credentials.ts";
import { hasSignup, NO_SIGNUP } from "../../lib/accounts/sign_in_ways.ts";
import { signup } from "../../lib/accounts/signup.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { publicUser } from "../../lib/accounts/user.ts";
import { limitedProblem } from "../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import { logLine } from "../../lib/base/log_line.ts";
import { problem } from "../../lib/http/problem.ts";
import { refuseParams } from "../../middlewares/known_params.ts";
import { readJson } from "../../lib/http/request_body.ts";
import { define } from "../../utils.ts";

export const handler = define.handlers({
  async POST(ctx) {
    refuseParams(ctx.url);
    const { services, visitor } = ctx.state;
    if (!hasSignup(services.config)) throw new Refusal("forbidden", NO_SIGNUP);
    const spent = await signupsSpent(ctx.req.headers, ctx.state);
    if (spent !== null) return limitedProblem(visitor, spent);
    const credentials = await readJson(ctx.req, CredentialsBody);
    const result = await signup(
      services.accounts,
      scriptAttempt(credentials, ctx.req.headers, ctx.state),
    );
    if (result.ok) {
      logLine("info", "authn_token_created", {
        userid: result.user.username,
        entitlements: result.user.role,
        ip_address: visitor.ip,
      });
      const body = { token: result.secret, user: publicUser(result.user) };
      return ctx.json(body, {
        status: 201,
        headers: rateLimitHeaders(result.decision),
      });
    }
    switch (result.kind) {
      case "limited":
        return limitedProblem(visitor, result.decision);
      case "taken":
        return problem(409, result.message, rateLimitHeaders(result.decision));
      case "invalid":
        return problem(422, result.message);
    }
  },
});
