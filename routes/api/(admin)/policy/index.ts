import * as v from "valibot";
import { problem } from "../../../../lib/http/problem.ts";
import { readJson } from "../../../../lib/http/request_body.ts";
import { fixedRules } from "../../../../lib/policy/fixed_rules.ts";
import { applyPolicy } from "../../../../lib/policy/policy_store.ts";
import { orPolicyProblem } from "../../../../lib/console/policy_problem.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({ rules: v.array(v.unknown(), "expected a list") });

export const handler = define.handlers({
  GET(ctx) {
    const { policy, config } = ctx.state.services;
    return ctx.json({ rules: policy.declared, fixed: fixedRules(config) });
  },

  async PUT(ctx) {
    const { services, user, visitor } = ctx.state;
    const { policy, kv, now, config } = services;
    const { rules } = await readJson(ctx.req, Body);
    return await orPolicyProblem(async () => {
      if (policy.source.kind !== "store") {
        const where = policy.source.kind === "file"
          ? policy.source.file
          : "the program";
        return problem(
          409,
          `Cannot apply these rules: those in ${where} are in force for this process`,
        );
      }
      await applyPolicy(kv, {
        rules,
        by: user.username,
        from: visitor.ip,
        now: now(),
      });
      await policy.poll();
      return ctx.json({ rules: policy.declared, fixed: fixedRules(config) });
    });
  },
});
