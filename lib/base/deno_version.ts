/** The lowest Deno that Portcullis runs on. */
export const LOWEST_DENO = "2.5.0";
/** The one that it is built and tested with; a smoke test runs on the lowest line, too. */
export const TESTED_DENO = "2.9";

/** Whether one version, such as `2.5.7`, comes before another. */
export function isBefore(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) =>
    text.split(".").map(parseFloat)
  );
  for (let i = 0; i < 3; i++) {
    const [x = 0, y = 0] = [a![i], b![i]];
    if (x !== y) return x < y;
  }
  return false;
}

/** Why Portcullis cannot run on a Deno, in one line, or null. */
export function denoProblem(version: string): string | null {
  return isBefore(version, LOWEST_DENO)
    ? `Cannot run on Deno ${version}: expected ${LOWEST_DENO} or later (deno upgrade, or npx -y deno@latest task start)`
    : null;
}
