/**
 * The signals that ask a process to end. Windows has no SIGTERM, and listening to it throws there;
 * Ctrl-Break takes its place.
 */
export function endingSignals(
  os: typeof Deno.build.os = Deno.build.os,
): readonly Deno.Signal[] {
  return os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
}
