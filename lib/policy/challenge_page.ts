import { problem } from "../http/problem.ts";
import { type Puzzle, SOLUTION_FIELD } from "./challenge.ts";
import { PAGE_SCRIPT } from "./challenge_script.ts";

/** The content of a challenge's response. */
export interface ChallengePage {
  puzzle: Puzzle;
  /** An opaque id by which an admin finds the request. */
  receipt: string;
  /** The page's text in place of the default one. */
  say: string | null;
  /** Fields of a small form that is resubmitted automatically; null if that is not possible. */
  form: readonly (readonly [name: string, value: string])[] | null;
  /** Whether the request can simply be repeated, as GET can. */
  isRepeatable: boolean;
  /** Where to go, if not to the same address again. */
  next?: string;
}

/** A whole page stays under 20 kB. */
const MAX_PAGE_BYTES = 19_000;

const STYLE = `:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem}
progress{width:100%;height:1rem}code{font-size:1rem}.r{margin-top:3rem;font-size:1rem}`;

/** The page that a browser solves by itself; 403, and not cacheable. */
export function challengePage(page: ChallengePage): Response {
  let html = render(page, page.form);
  if (page.form !== null && byteLength(html) > MAX_PAGE_BYTES) {
    html = render(page, null);
  }
  const nonce = page.puzzle.id;
  return new Response(html, {
    status: 403,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "x-robots-tag": "noindex",
      "content-security-policy": [
        "default-src 'none'",
        `script-src 'nonce-${nonce}'`,
        `style-src 'nonce-${nonce}'`,
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
    },
  });
}

/** The same for clients that do not accept a page: a problem (RFC 9457) with the puzzle. */
export function challengeProblem(
  { puzzle, receipt, say }: Pick<ChallengePage, "puzzle" | "receipt" | "say">,
): Response {
  const body = {
    type: "urn:portcullis:challenge",
    title: "Forbidden",
    status: 403,
    detail: say ?? "This request requires a challenge first.",
    receipt,
    challenge: { ...puzzle, field: SOLUTION_FIELD },
  };
  return new Response(JSON.stringify(body), {
    status: 403,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

/** The response to a wrong solution. */
export function unsolvedProblem(): Response {
  return problem(403, "This solution is wrong, or was used before.");
}

function render(
  { puzzle, receipt, say, isRepeatable, next }: ChallengePage,
  form: ChallengePage["form"],
): string {
  const nonce = puzzle.id;
  // Nothing in it can end the element: names and numbers are ours, a path is escaped.
  const data = JSON.stringify({ ...puzzle, field: SOLUTION_FIELD, next })
    .replaceAll("<", "\\u003c");
  const again = form === null && !isRepeatable
    ? `<p id="again" hidden>Your form was not sent. Please go back and send it again.</p>`
    : "";
  const fields = (form ?? []).map(([name, value]) =>
    `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`
  ).join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>One moment</title><style nonce="${nonce}">${STYLE}</style></head>
<body><main><h1>One moment</h1>
<p>${
    escape(say ?? "Your browser is being checked. It takes a few seconds.")
  }</p>
<noscript><p><strong>This check needs JavaScript, which is off.</strong> Turn it on and load the page again, or send the receipt below to the operator of this site.</p></noscript>
<progress id="b" max="${puzzle.parts}" value="0" aria-label="Check"></progress>
<p id="s" role="status"></p>
<p id="ok" hidden>Done.</p>
<p id="no" hidden>That did not work. Load the page again.</p>
${again}${form === null ? "" : `<form id="f" method="post">${fields}</form>`}
<p class="r">Receipt: <code>${escape(receipt)}</code></p></main>
<script type="application/json" id="p" nonce="${nonce}">${data}</script>
<script nonce="${nonce}">${PAGE_SCRIPT}</script></body></html>`;
}

function escape(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (char) => `&#${char.charCodeAt(0)};`,
  );
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
