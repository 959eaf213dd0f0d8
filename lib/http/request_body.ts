import * as v from "valibot";
import { paramProblem, twice, unknownName } from "./known_names.ts";
import { repeatedName } from "./repeated_name.ts";
import { SlowBodyError } from "./timely_body.ts";
import { Refusal } from "../base/refusal.ts";

/** The largest body that pages and API accept. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * The JSON body of a request, checked against `schema`. An empty body without a type counts as `{}`.
 *
 * @throws {Refusal} 415 for a type other than `application/json`, 413 for more than 64 KiB, 400 if
 * it is not JSON in UTF-8, 422 for JSON of another shape, with a field that the schema does not
 * have, or with a repeated one.
 */
export async function readJson<
  const S extends v.ObjectSchema<v.ObjectEntries, undefined>,
>(
  request: Request,
  schema: S,
): Promise<v.InferOutput<S>> {
  const type = mediaType(request);
  const text = type === null || type === "application/json"
    ? await readText(request)
    : "";
  if (type !== "application/json" && !(type === null && text === "")) {
    throw new Refusal(
      "media_type",
      `Cannot read a body of type ${
        type ?? "(none)"
      }: expected application/json`,
    );
  }
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Refusal("malformed", "Cannot read the body: expected JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const known = Object.keys(schema.entries);
    const problem = unknownName(Object.keys(value), known, "field");
    if (problem !== null) throw new Refusal("invalid", problem);
    const repeated = repeatedName(text);
    if (repeated !== null) {
      throw new Refusal("invalid", twice(repeated, "field"));
    }
  }
  const result = v.safeParse(schema, value);
  if (!result.success) throw new Refusal("invalid", describe(result.issues[0]));
  return result.output;
}

/**
 * Checks that a call without a body got none; `{}` counts as none.
 *
 * @throws {Refusal} 413, 415 or 422 for a body.
 */
export async function readNoBody(request: Request): Promise<void> {
  const text = await readText(request);
  if (text.trim() === "") return;
  if (mediaType(request) !== "application/json") {
    throw new Refusal("media_type", "Cannot accept the body: expected none");
  }
  if (!/^\s*\{\s*\}\s*$/.test(text)) {
    throw new Refusal("invalid", "Cannot accept the body: expected none");
  }
}

/**
 * The fields of a form, which must all be `known`; only those that are `repeatable` may be
 * repeated.
 *
 * @throws {Refusal} 415 for a type other than a form's, 413 for more than 64 KiB, 400 for bytes
 * that are not UTF-8, for an unknown field and for a repeated one.
 */
export async function readForm(
  request: Request,
  known: readonly string[],
  repeatable: readonly string[] = [],
): Promise<URLSearchParams> {
  const type = mediaType(request);
  if (type !== "application/x-www-form-urlencoded") {
    throw new Refusal(
      "media_type",
      `Cannot read a form of type ${
        type ?? "(none)"
      }: expected application/x-www-form-urlencoded`,
    );
  }
  const form = new URLSearchParams(await readText(request));
  const problem = paramProblem(form, known, { repeatable, kind: "field" });
  if (problem !== null) throw new Refusal("malformed", problem);
  return form;
}

/**
 * The fields of a form that may hold files.
 *
 * @throws {Refusal} 415 for another type, 413 for more than `maxBytes`, 400 if it is not such a
 * form.
 */
export async function readUpload(
  request: Request,
  maxBytes: number,
): Promise<FormData> {
  const type = mediaType(request);
  if (type !== "multipart/form-data") {
    throw new Refusal(
      "media_type",
      `Cannot read a form of type ${
        type ?? "(none)"
      }: expected multipart/form-data`,
    );
  }
  const body = await readBytes(request, maxBytes);
  const headers = { "content-type": request.headers.get("content-type")! };
  try {
    return await new Response(body, { headers }).formData();
  } catch {
    throw new Refusal("malformed", "Cannot read the form: it is malformed");
  }
}

/**
 * A duration in a JSON body. An empty text is refused: it would be taken for a missing field, which
 * for a block means permanent.
 */
export function durationField(example = "24h") {
  const expected = `expected a duration such as ${example}`;
  return v.pipe(v.string(expected), v.regex(/\S/, expected));
}

function mediaType(request: Request): string | null {
  const field = request.headers.get("content-type");
  return field === null ? null : field.split(";", 1)[0]!.trim().toLowerCase();
}

async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  try {
    return new TextDecoder("utf-8", { fatal: true })
      .decode(await bytes.arrayBuffer());
  } catch {
    throw new Refusal("malformed", "Cannot read the body: expected UTF-8");
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Blob> {
  if (request.body === null) return new Blob();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof SlowBodyError) throw error;
    throw new Refusal("malformed", "Cannot read the body: it is incomplete");
  }
  if (size > maxBytes) {
    throw new Refusal(
      "too_large",
      `Cannot read the body: expected at most ${maxBytes} bytes`,
    );
  }
  return new Blob(chunks as BlobPart[]);
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (issue.type === "object" && issue.received === "undefined" && path) {
    return `Cannot accept the body: "${path}" is missing`;
  }
  return path
    ? `Cannot accept "${path}": ${issue.message}`
    : `Cannot accept the body: ${issue.message}`;
}
