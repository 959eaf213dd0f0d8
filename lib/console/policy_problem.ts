import { problem } from "../http/problem.ts";
import { PolicyError } from "../policy/rule_error.ts";

/** Answers 422 with all errors and their places for invalid rules. */
export async function orPolicyProblem(
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const response = problem(422, error.message);
    const body = { ...await response.json(), errors: error.issues };
    return new Response(JSON.stringify(body), {
      status: 422,
      headers: response.headers,
    });
  }
}
