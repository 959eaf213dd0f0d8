import { nonceOf } from "../render/nonce.ts";
import type { Middleware } from "../types.ts";

/** Options of csp(). */
export interface CSPOptions {
  /**
   * Send Content-Security-Policy-Report-Only: nothing is blocked.
   * @default false
   */
  reportOnly?: boolean;
  /** URL that browsers report violations to. */
  reportTo?: string;
  /** Directives; one replaces the default of the same name. */
  csp?: string[];
  /**
   * Allow inline scripts and styles by the page's nonce instead of
   * 'unsafe-inline'. Only a rendered page has one.
   * @default false
   */
  useNonce?: boolean;
}

const DEFAULTS = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "upgrade-insecure-requests",
];

/**
 * Adds a Content-Security-Policy header to responses. It always contains upgrade-insecure-requests:
 * over plain http, browsers then load nothing from a non-loopback host.
 *
 * @example
 * ```ts
 * app.use(csp({ useNonce: true, csp: ["font-src 'none'"] }));
 * ```
 */
export function csp<State = unknown>(
  options: CSPOptions = {},
): Middleware<State> {
  const { reportOnly = false, reportTo, useNonce = false } = options;
  const header = reportOnly
    ? "content-security-policy-report-only"
    : "content-security-policy";

  const directives = new Map<string, string>();
  for (const directive of [...DEFAULTS, ...options.csp ?? []]) {
    const name = directive.trim().split(/\s/)[0]!;
    // Custom directives come last.
    directives.delete(name);
    directives.set(name, directive.trim());
  }
  if (reportTo !== undefined) {
    directives.set("report-to", "report-to csp-endpoint");
    directives.set("report-uri", `report-uri ${reportTo}`);
  }
  const policy = [...directives.values()].join("; ");
  const template = useNonce ? nonceTemplate(directives) : null;

  return async function contentSecurityPolicy(ctx) {
    const response = await ctx.next();
    const nonce = nonceOf(response);
    const value = template !== null && nonce !== undefined
      ? template.join(`'nonce-${nonce}'`)
      : policy;
    response.headers.set(header, value);
    if (reportTo !== undefined) {
      response.headers.set("reporting-endpoints", `csp-endpoint="${reportTo}"`);
    }
    return response;
  };
}

/** The policy split at the nonce. */
function nonceTemplate(directives: Map<string, string>): string[] {
  const parts = [...directives].map(([name, directive]) =>
    /^(default-src|script-src(-elem)?|style-src(-elem|-attr)?)$/.test(name)
      ? directive.replace("'unsafe-inline'", "{nonce}")
      : directive
  );
  return parts.join("; ").split("{nonce}");
}
