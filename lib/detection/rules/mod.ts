import type { LoginFailure } from "../login_paths.ts";
import type { AnyRule } from "../rule.ts";
import { anomalyScore } from "./anomaly_score.ts";
import { authBruteforce } from "./auth_bruteforce.ts";
import { badBot } from "./bad_bot.ts";
import { credentialStuffing } from "./credential_stuffing.ts";
import { distributedPrefix } from "./distributed_prefix.ts";
import { distributedVolume } from "./distributed_volume.ts";
import { errorBurst } from "./error_burst.ts";
import { fakeCrawler, type FakeCrawlerOptions } from "./fake_crawler.ts";
import { flood } from "./flood.ts";
import { highVolume } from "./high_volume.ts";
import { injectionProbe } from "./injection_probe.ts";
import { loginBruteforce } from "./login_bruteforce.ts";
import { malformedRequest } from "./malformed_request.ts";
import { openProxy } from "./open_proxy.ts";
import { passwordSpraying } from "./password_spraying.ts";
import { pathScanning } from "./path_scanning.ts";
import { sensitivePath } from "./sensitive_path.ts";
import { siteFlood } from "./site_flood.ts";
import { slowRequest } from "./slow_request.ts";
import { trafficSpike } from "./traffic_spike.ts";
import { weakSpot } from "./weak_spot.ts";

/** The configuration of the rules. */
export interface RuleOptions {
  /** `SUSPICIOUS_REQUEST_THRESHOLD` */
  threshold: number;
  /** `SENSITIVE_PATHS` */
  sensitivePaths: readonly string[];
  /** Whether a signed-in user is an admin; their visits to sensitive paths are not reported. */
  isAdmin?: (username: string) => boolean;
  /** `LOGIN_PATHS` */
  loginPaths?: readonly string[];
  /** `LOGIN_FAILURE` */
  loginFailure?: LoginFailure;
  /** Verifies crawlers; without it, there are no findings about fake ones. */
  verify?: FakeCrawlerOptions["verify"];
}

/** Every rule that the job runs, with default numbers. */
export function allRules(options: RuleOptions): AnyRule[] {
  const verify = options.verify ?? (() => Promise.resolve("unknown"));
  return [
    highVolume({ threshold: options.threshold }),
    sensitivePath({ paths: options.sensitivePaths, isAdmin: options.isAdmin }),
    loginBruteforce({
      paths: options.loginPaths,
      failure: options.loginFailure,
    }),
    authBruteforce(),
    passwordSpraying(),
    credentialStuffing(),
    pathScanning(),
    badBot(),
    fakeCrawler({ verify }),
    injectionProbe(),
    weakSpot(),
    openProxy(),
    malformedRequest(),
    errorBurst(),
    slowRequest(),
    flood(),
    siteFlood(),
    trafficSpike(),
    distributedPrefix(),
    distributedVolume(),
    anomalyScore(),
  ];
}
