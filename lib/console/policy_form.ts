/**
 * The steps of the page that changes the policy: a text is rehearsed, and then it can be applied.
 *
 * @module
 */
import { parseDuration } from "../base/duration.ts";
import { Refusal } from "../base/refusal.ts";
import { draftText, leavingOut } from "../policy/draft.ts";
import { type Declaration, readPolicy } from "../policy/read_rules.ts";
import type { PolicyRehearsal } from "../policy/rehearse.ts";
import type { Rule } from "../policy/rule.ts";
import { issueText, PolicyError } from "../policy/rule_error.ts";
import { sha256Hex } from "../store/sha256.ts";
import { rehearsalAsked, type RehearsalParts } from "./policy_rehearsal.ts";

/** The periods that a page can rehearse over. */
export const REHEARSED_OVER = ["24h", "7d", "30d"] as const;

/** The time limit of a rehearsal, in milliseconds: a user waits for the page. */
const BUDGET_MS = 5_000;

/** The fields of a form. */
export interface PolicyStep {
  action: string | null;
  declaration: string;
  since: string;
  /** What was rehearsed, as returned by the previous form. */
  rehearsed?: string | null;
  /** A rule's name and the paths to exclude from it. */
  leaveOut?: string | null;
  /** The address of the author. */
  from: string;
}

/** The page to show next. */
export interface PolicyForm {
  declaration: string;
  since: string;
  problems: string[];
  rehearsal: {
    result: PolicyRehearsal;
    rules: readonly Rule[];
    /** Proves to the next step what was rehearsed. */
    proof: string;
  } | null;
  status: number;
  /** The rules to apply, if they were rehearsed. */
  apply?: readonly unknown[];
}

/**
 * Rehearses a text, or accepts it for applying.
 *
 * @throws {Refusal} 400 for another action, period or rule.
 */
export async function policyStep(
  services: RehearsalParts,
  step: PolicyStep,
): Promise<PolicyForm> {
  const { since, leaveOut, rehearsed, from } = step;
  const action = leaveOut ? "rehearse" : step.action;
  if (action !== "rehearse" && action !== "apply") {
    throw new Refusal("malformed", "Cannot change the policy: unknown action");
  }
  if (!(REHEARSED_OVER as readonly string[]).includes(since)) {
    throw new Refusal(
      "malformed",
      `Cannot rehearse: expected one of ${REHEARSED_OVER.join(", ")}`,
    );
  }
  // Browsers send other line ends than they display.
  let declaration = step.declaration.replaceAll("\r\n", "\n");
  const shown = { since, problems: [], rehearsal: null };
  let read: Declaration;
  try {
    read = readPolicy(declaration);
    if (leaveOut) {
      const [name, ...paths] = leaveOut.split(" ");
      declaration = draftText(leavingOut(read.declared, name!, paths));
      read = readPolicy(declaration);
    }
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const problems = error.issues.map(issueText);
    return { ...shown, declaration, problems, status: 422 };
  }
  const proof = sha256Hex(declaration);
  if (action === "apply" && rehearsed === proof) {
    return { ...shown, declaration, status: 200, apply: read.declared };
  }
  const result = await rehearsalAsked(services, {
    rules: read.declared,
    since: services.now() - parseDuration(since),
    from,
    budgetMs: BUDGET_MS,
  });
  const isEarly = action === "apply";
  return {
    since,
    declaration,
    problems: isEarly
      ? [
        "Not applied yet: this text has not been rehearsed. Its rehearsal is below.",
      ]
      : [],
    rehearsal: { result, rules: read.rules, proof },
    status: isEarly ? 409 : 200,
  };
}
