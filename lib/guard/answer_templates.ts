/**
 * Responses to refused requests, from the site's own files: `403.html`, `429.json`, or by the rule,
 * `no-php.html`. For the proxy and the app; in code, `onRefuse` does the same and more.
 *
 * @module
 */
import { titleOf } from "../http/problem.ts";
import { pathOf } from "../http/record_fields.ts";
import type { RequestView } from "../http/request_view.ts";
import { PolicyFileError } from "../policy/policy_file.ts";
import { wantsPage } from "./denied_response.ts";
import type { OnRefuse, Refusal } from "./policy_gate.ts";

/** The placeholders of a template, written `{{name}}`. */
const WORDS = [
  "message",
  "receipt",
  "retry_after",
  "rule",
  "status",
  "title",
] as const;

type Values = Record<typeof WORDS[number], string>;
type Kind = "html" | "json";
type Template = (values: Values) => string;

const MAX_BYTES = 65_536;
const PLACE = /\{\{\s*(.*?)\s*\}\}/g;

/** What such a page may load: images, fonts and styles of its own host. */
const CSP = "default-src 'none'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

/**
 * Reads a folder of templates.
 *
 * @throws {PolicyFileError} if the folder has none, or a file in it is not a template.
 */
export async function readAnswerTemplates(folder: string): Promise<OnRefuse> {
  const templates = new Map<string, Template>();
  try {
    for await (const { name, isFile, isSymlink } of Deno.readDir(folder)) {
      const [, stem, kind] = /^([a-z\d][\w.-]*)\.(html|json)$/i.exec(name) ??
        [];
      if (!(isFile || isSymlink) || stem === undefined) continue;
      const file = `${folder}/${name}`;
      const text = await Deno.readTextFile(file);
      templates.set(
        `${stem.toLowerCase()}.${kind!.toLowerCase()}`,
        compile(text, kind!.toLowerCase() as Kind, file),
      );
    }
  } catch (error) {
    if (error instanceof PolicyFileError) throw error;
    throw new PolicyFileError(
      `Cannot read the answers in ${folder}: ${(error as Error).message}`,
    );
  }
  if (templates.size === 0) {
    throw new PolicyFileError(
      `Cannot use the answers in ${folder}: expected files such as 403.html, 429.json or a rule's name`,
    );
  }
  return (request, decision) => answer(templates, request, decision);
}

function answer(
  templates: ReadonlyMap<string, Template>,
  request: RequestView,
  decision: Refusal,
): Response | null {
  const { rule, response, receipt, retryAfter, message, kind } = decision;
  // A challenge's page contains a script; a rule's `say` changes its text.
  if (kind === "challenge") return null;
  const type: Kind = wantsPage(request, pathOf(request.url)) ? "html" : "json";
  const { status } = response;
  const template = templates.get(`${rule.toLowerCase()}.${type}`) ??
    templates.get(`${status}.${type}`);
  if (template === undefined) return null;
  const text = template({
    message,
    receipt,
    rule,
    retry_after: retryAfter === null ? "" : `${retryAfter}`,
    status: `${status}`,
    title: titleOf(status),
  });
  response.body?.cancel();
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  headers.set("cache-control", "no-store");
  if (type === "html") {
    headers.set("content-type", "text/html; charset=utf-8");
    headers.set("content-security-policy", CSP);
  } else headers.set("content-type", "application/json");
  return new Response(request.method === "HEAD" ? null : text, {
    status,
    headers,
  });
}

function compile(text: string, kind: Kind, file: string): Template {
  if (text.length > MAX_BYTES) {
    throw new PolicyFileError(
      `Cannot use ${file}: expected at most ${MAX_BYTES} characters`,
    );
  }
  for (const [, word] of text.matchAll(PLACE)) {
    if ((WORDS as readonly string[]).includes(word!)) continue;
    throw new PolicyFileError(
      `Cannot use ${file}: expected one of ${
        WORDS.map((each) => `{{${each}}}`).join(", ")
      }, received {{${word}}}`,
    );
  }
  const encode = kind === "html" ? escapeHtml : escapeJson;
  const template: Template = (values) =>
    text.replaceAll(PLACE, (_, word) => encode(values[word as keyof Values]));
  if (kind === "json") {
    const sample = Object.fromEntries(WORDS.map((word) => [word, "1"]));
    try {
      JSON.parse(template(sample as Values));
    } catch (error) {
      throw new PolicyFileError(
        `Cannot use ${file}: expected JSON: ${(error as Error).message}`,
      );
    }
  }
  return template;
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"'`]/g,
    (char) => `&#${char.charCodeAt(0)};`,
  );
}

/** Escaped for use within a JSON string; a number may stand without quotes. */
function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
