import { scriptAttempt, spentBeforeBody } from "../../lib/accounts/attempt.ts";
import { LoginBody } from "../../lib/accounts/credentials.ts";
import { login, WRONG_CREDENTIALS } from "../../lib/accounts/login.ts";
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
    const { headers: fields } = ctx.req;
    const spent = await spentBeforeBody(fields, ctx.state);
    if (spent !== null) return limitedProblem(visitor, spent);
    const credentials = await readJson(ctx.req, LoginBody);
    const result = await login(
      services.accounts,
      scriptAttempt(credentials, ctx.req.headers, ctx.state),
    );
    const headers = rateLimitHeaders(result.decision);
    if (result.ok) {
      logLine("info", "authn_token_created", {
        userid: result.user.username,
        entitlements: result.user.role,
        ip_address: visitor.ip,
      });
      return ctx.json({ token: result.secret, user: publicUser(result.user) }, {
        headers,
      });
    }
    switch (result.kind) {
      case "limited":
        return limitedProblem(visitor, result.decision);
      case "wrong":
        return problem(401, WRONG_CREDENTIALS, { ...headers, ...CHALLENGE });
      case "code":
        return problem(
          401,
          "A code of the second factor is needed. Send it as `code`.",
          { ...headers, ...CHALLENGE },
          "urn:portcullis:code-required",
        );
      case "wrong_code":
        return problem(
          401,
          "This code is wrong, too old, or has been used.",
          { ...headers, ...CHALLENGE },
          "urn:portcullis:code-wrong",
        );
    }
  },
});

const CHALLENGE = { "www-authenticate": "Bearer" };
