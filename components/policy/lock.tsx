import type { PolicySource } from "../../lib/policy/policy.ts";

/** The source that sets the policy if the console cannot change it; null if it can. */
export function lockedBy(source: PolicySource): string | null {
  if (source.kind === "store") return null;
  return source.kind === "file" ? source.file : "the program";
}

/** A lock symbol, shown before that source. */
export function Lock() {
  return (
    <svg
      class="lock"
      width="11"
      height="13"
      viewBox="0 0 11 13"
      role="img"
      aria-label="Cannot be changed here; set by"
    >
      <rect x="0.5" y="5" width="10" height="7.5" rx="1.5" />
      <path d="M2.5 5V3.5a3 3 0 0 1 6 0V5" fill="none" stroke-width="1.5" />
    </svg>
  );
}
