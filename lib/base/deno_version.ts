/** The lowest supported Deno version. */
export const LOWEST_DENO = "2.5.0";
/** The version for builds and tests; a smoke test also runs on the lowest. */
export const TESTED_DENO = "2.9";

/** Whether a version, such as `2.5.7`, is lower than another. */
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

/** Why Portcullis cannot run on a version of Deno, in one line, or null. */
export function denoProblem(version: string): string | null {
  return isBefore(version, LOWEST_DENO)
    ? `Cannot run on Deno ${version}: expected ${LOWEST_DENO} or later (deno upgrade, or npx -y deno@latest task start)`
    : null;
}
