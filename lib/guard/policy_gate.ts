/**
 * Applies the policy at the guard: allows requests, or creates the responses to the others.
 *
 * @module
 */
import { problem } from "../http/problem.ts";
import type { SeenBody } from "../http/first_piece.ts";
import type { RequestHead, RequestView } from "../http/request_view.ts";
import {
  rateLimitHeaders,
  retryAfterSeconds,
} from "../limits/rate_limit_headers.ts";
import type { Decision } from "../limits/throttle.ts";
import { keptForm } from "../policy/challenge_form.ts";
import {
  challengePage,
  challengeProblem,
  unsolvedProblem,
} from "../policy/challenge_page.ts";
import type { Passage, Policy } from "../policy/policy.ts";
import type { Rule } from "../policy/rule.ts";
import { StoreDownError } from "../store/errors.ts";
import { withEnd } from "./ended_response.ts";
import { deniedResponse, wantsPage } from "./denied_response.ts";
import type { Visitor } from "./visitor.ts";

/**
 * The policy's decision about a request that is not allowed.
 *
 * @example
 * ```ts
 * import type { Refusal } from "@portcullis/portcullis/guard";
 *
 * const inWords = ({ rule, message }: Refusal) => `${message} (${rule})`;
 * ```
 */
export interface Refusal {
  /** The rule's action. */
  kind: "refuse" | "challenge" | "limit";
  /** The name of the rule that decided. */
  rule: string;
  /** An opaque id by which an admin finds the request. */
  receipt: string;
  /** The message for people: the rule's `say`, or the default. */
  message: string;
  /** For a limit: seconds until a retry can succeed. */
  retryAfter: number | null;
  /** The default response. */
  response: Response;
}

/**
 * Creates the response to a request that the policy does not allow; returns nothing to use the
 * default one.
 *
 * @example
 * ```ts
 * import type { OnRefuse } from "@portcullis/portcullis/guard";
 *
 * const onRefuse: OnRefuse = (_request, { kind, message }) =>
 *   kind === "refuse" ? new Response(message, { status: 403 }) : undefined;
 * ```
 */
export type OnRefuse = (
  request: RequestView,
  decision: Refusal,
) => Response | null | undefined | Promise<Response | null | undefined>;

/** Options of {@linkcode PolicyGate}. */
export interface PolicyGateOptions {
  policy: Policy;
  receipt: (ip: string) => string;
  publicOrigin: string | null;
  onRefuse?: OnRefuse;
  /** Requests that no rule is evaluated for. */
  isExempt?: (method: string, path: string) => boolean;
}

/** A request that the policy was evaluated for. */
export interface Entered {
  /** The response in place of the handler's; null if the request may continue. */
  response: Response | null;
  /** Completes the handler's response. */
  finish<T extends { readonly status: number }>(response: T): T | Response;
  /** Called with the status of the response. */
  answered(status: number): void;
}

/** An allowed request that no limit has counted, as nearly all are. */
class Passed implements Entered {
  readonly response = null;
  readonly #policy: Policy;
  readonly #passage: Passage;

  constructor(policy: Policy, passage: Passage) {
    this.#policy = policy;
    this.#passage = passage;
  }

  answered(status: number): void {
    this.#policy.answered(this.#passage, status, this.#policy.now());
  }

  finish<T>(response: T): T {
    return response;
  }
}

function isUncounted({ verdict, solved }: Passage): boolean {
  return verdict.kind === "pass" && verdict.decisions.length === 0 &&
    verdict.release === null && solved === undefined;
}

/** The page to which proxies that call `/api/decide` redirect challenged clients. */
export const CHALLENGE_PATH = "/.well-known/portcullis/challenge";

/** See the module. */
export class PolicyGate {
  readonly #options: PolicyGateOptions;

  constructor(options: PolicyGateOptions) {
    this.#options = options;
  }

  /** Null if no rule concerns the request. */
  enter(
    request: RequestHead,
    path: string,
    visitor: Visitor,
    now: number,
    body: SeenBody | null = null,
  ): Entered | null | Promise<Entered | null> {
    const { policy, isExempt } = this.#options;
    if (isExempt?.(request.method, path)) return null;
    const passage = policy.admit(request, path, visitor, now);
    if (passage === null) return null;
    if (passage instanceof Promise) {
      return passage.then(
        (passage) => this.#entered(request, path, visitor, passage, body),
        (error) => {
          if (error instanceof StoreDownError) {
            return unavailable(request, path);
          }
          throw error;
        },
      );
    }
    return this.#entered(request, path, visitor, passage, body);
  }

  /** Whether a rule refuses a request that was allowed before. */
  refuses(request: RequestHead, path: string, visitor: Visitor): boolean {
    const { policy, isExempt } = this.#options;
    if (isExempt?.(request.method, path)) return false;
    return policy.refuses(request, path, visitor);
  }

  #entered(
    request: RequestHead,
    path: string,
    visitor: Visitor,
    passage: Passage,
    body: SeenBody | null,
  ): Entered | Promise<Entered> {
    const { policy } = this.#options;
    const { verdict } = passage;
    if (isUncounted(passage) && path !== CHALLENGE_PATH) {
      visitor.rule = verdict.rule?.name ?? null;
      return new Passed(policy, passage);
    }
    const answered = (status: number) =>
      policy.answered(passage, status, policy.now());
    if (passage.solved !== undefined) {
      const response = this.#solved(request, passage.solved.pass);
      return { response, finish: same, answered };
    }
    if (path === CHALLENGE_PATH && policy.engine.challenges) {
      visitor.outcome = "challenged";
      return this.#challenge(request, path, passage, null, body)
        .then((response) => ({ response, finish: same, answered }));
    }
    visitor.rule = verdict.rule?.name ?? null;
    if (verdict.kind !== "pass") {
      return this.#refused(request, path, visitor, passage, body)
        .then((response) => ({ response, finish: same, answered }));
    }
    const { decisions, release } = verdict;
    const fields = decisions.length === 0 ? null : limitFields(decisions);
    if (fields !== null) visitor.limitFields = fields;
    return {
      response: null,
      answered,
      finish(response) {
        if (!(response instanceof Response)) {
          if (release !== null) visitor.release = release;
          return response;
        }
        const complete = fields === null
          ? response
          : withFields(response, fields);
        return (release === null ? complete : withEnd(complete, release)) as
          & typeof response
          & Response;
      },
    };
  }

  async #refused(
    request: RequestHead,
    path: string,
    visitor: Visitor,
    passage: Passage,
    body: SeenBody | null,
  ): Promise<Response> {
    const { verdict } = passage;
    const rule = verdict.rule!;
    const kind = verdict.kind as Refusal["kind"];
    const receipt = this.#options.receipt(visitor.ip);
    visitor.outcome = OUTCOMES[kind];
    const decision = verdict.decisions[0];
    const retryAfter = kind === "limit" ? retryAfterSeconds(decision!) : null;
    const message = rule.say ?? MESSAGES[kind](retryAfter ?? 0);
    const response = kind === "challenge"
      ? await this.#challenge(request, path, passage, rule, body)
      : kind === "limit"
      ? deniedResponse(request, path, 429, {
        detail: message,
        headers: limitFields([decision!]),
      })
      : deniedResponse(request, path, 403, { detail: message, receipt });
    const replaced = await this.#options.onRefuse?.(
      request.original ?? request,
      {
        kind,
        rule: rule.name,
        receipt,
        message,
        retryAfter,
        response,
      },
    );
    return replaced ?? response;
  }

  async #challenge(
    request: RequestHead,
    path: string,
    { subject }: Passage,
    rule: Rule | null,
    body: SeenBody | null,
  ): Promise<Response> {
    const { policy, receipt, publicOrigin } = this.#options;
    const puzzle = policy.challenges.puzzle(subject, policy.doubt(subject));
    const page = {
      puzzle,
      receipt: receipt(subject.ip),
      say: rule?.say ?? null,
    };
    if (!wantsPage(request, path)) return challengeProblem(page);
    const isRepeatable = request.method === "GET" || request.method === "HEAD";
    const response = challengePage({
      ...page,
      isRepeatable,
      form: isRepeatable
        ? null
        : await keptForm(request, body, { publicOrigin }),
      next: path === CHALLENGE_PATH ? nextOf(request.url) : undefined,
    });
    return request.method === "HEAD" ? new Response(null, response) : response;
  }

  #solved(request: RequestHead, pass: string | null): Response {
    if (pass === null) return unsolvedProblem();
    const { policy } = this.#options;
    const headers = new Headers({ "cache-control": "no-store" });
    policy.challenges.setPass(headers, pass, policy.isSecure(request));
    return new Response(null, { status: 204, headers });
  }
}

const OUTCOMES = {
  refuse: "blocked",
  challenge: "challenged",
  limit: "limited",
} as const satisfies Record<Refusal["kind"], string>;

function same<T>(response: T): T {
  return response;
}

const MESSAGES: Record<Refusal["kind"], (retryAfter: number) => string> = {
  refuse: () => "This request was refused.",
  challenge: () => "This request requires a challenge first.",
  limit: (seconds) =>
    `Too many requests. Try again in ${seconds} ${
      seconds === 1 ? "second" : "seconds"
    }.`,
};

/** Fields that list several limits; a limit on concurrent requests has no window. */
function limitFields(decisions: readonly Decision[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const decision of decisions) {
    for (const [name, value] of Object.entries(rateLimitHeaders(decision))) {
      const before = fields[name];
      fields[name] = before === undefined ? value : `${before}, ${value}`;
    }
  }
  return fields;
}

function withFields(
  response: Response,
  fields: Record<string, string>,
): Response {
  try {
    for (const [name, value] of Object.entries(fields)) {
      response.headers.append(name, value);
    }
    return response;
  } catch {
    // Headers of a redirect or a fetched response are immutable.
    const copy = new Response(response.body, response);
    for (const [name, value] of Object.entries(fields)) {
      copy.headers.append(name, value);
    }
    return copy;
  }
}

/** The path to return to: a path of this host. */
function nextOf(url: string): string {
  const next = new URL(url).searchParams.get("next") ?? "/";
  const base = "http://h.invalid";
  const target = URL.parse(next, base);
  if (target === null || target.origin !== base) return "/";
  const path = target.pathname + target.search;
  return path.startsWith("//") ? "/" : path;
}

function unavailable(request: RequestHead, path: string): Entered {
  const headers = { "retry-after": "1" };
  return {
    response: path.startsWith("/api/")
      ? problem(503, "The store does not answer.", headers)
      : deniedResponse(request, path, 503, {
        detail: "Please try again in a moment.",
        headers,
      }),
    finish: same,
    answered() {},
  };
}
