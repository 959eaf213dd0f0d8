import { logLine } from "./log_line.ts";

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file cannot be read, without the system's numbers and calls. */
export function fileTrouble(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "this user may not read it";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return messageOf(error);
}

/** The text for a bug report: the stack, if there is one. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/**
 * Reports an error that does not show in responses, such as one of the store: one line on standard
 * error.
 */
export function reportFailure(event: string, error: unknown): void {
  logLine("error", event, { error: String(error) });
}
