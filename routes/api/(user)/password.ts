import { auditOwn } from "../../../lib/accounts/audit_own.ts";
import { deviceCookie, sessionCookie } from "../../../lib/accounts/cookies.ts";
import { confirmationsSpent } from "../../../lib/accounts/attempt.ts";
import { changePassword } from "../../../lib/accounts/change_password.ts";
import { PasswordBody } from "../../../lib/accounts/credentials.ts";
import { getUser } from "../../../lib/accounts/users.ts";
import { publicUser } from "../../../lib/accounts/user.ts";
import { limitedProblem } from "../../../lib/guard/limited.ts";
import { logLine } from "../../../lib/base/log_line.ts";
import { problem } from "../../../lib/http/problem.ts";
import { readJson } from "../../../lib/http/request_body.ts";
import { define } from "../../../signed_in.ts";

export const handler = define.handlers({
  async POST(ctx) {
    const { services, user, signedIn, visitor, cookies } = ctx.state;
    const { accounts } = services;
    const spent = await confirmationsSpent(ctx.state);
    if (spent !== null) return limitedProblem(visitor, spent);
    const body = await readJson(ctx.req, PasswordBody);
    const result = await changePassword(accounts, signedIn, {
      ...body,
      device: deviceCookie.read(ctx.req.headers, cookies),
    });
    const who = { userid: user.username, ip_address: visitor.ip };
    if (result.ok) {
      logLine("info", "authn_password_change", who);
      await auditOwn(accounts, {
        ...{ username: user.username, what: "user_password" },
        from: visitor.ip,
      });
      const changed = await getUser(accounts, user.id) ?? user;
      const response = ctx.json({
        token: result.secret,
        user: publicUser(changed),
      });
      if (signedIn.session.kind === "browser") {
        sessionCookie.set(response.headers, result.secret, cookies);
      }
      return response;
    }
    switch (result.kind) {
      case "limited":
        return limitedProblem(visitor, result.decision);
      case "wrong":
        logLine("warn", "authn_password_change_fail", who);
        return problem(422, "This is not your current password.");
      case "invalid":
        return problem(422, result.message);
    }
  },
});
