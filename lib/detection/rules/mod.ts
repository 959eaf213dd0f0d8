import type { Rule } from "../rule.ts";
import { highVolume } from "./high_volume.ts";
import { sensitivePath } from "./sensitive_path.ts";

/** What the rules are made with, from the configuration. */
export interface RuleOptions {
  /** `SUSPICIOUS_REQUEST_THRESHOLD` */
  threshold: number;
  /** `SENSITIVE_PATHS` */
  sensitivePaths: readonly string[];
  /** Whether a signed-in user is an admin; their visits to sensitive paths are no news. */
  isAdmin?: (username: string) => boolean;
}

/** Every rule that the job runs. */
export function allRules(options: RuleOptions): Rule[] {
  return [
    highVolume({ threshold: options.threshold }),
    sensitivePath({ paths: options.sensitivePaths, isAdmin: options.isAdmin }),
  ];
}
