/**
 * Every key that Portcullis writes to Deno KV is built here, so that the layout of the store can be
 * read in one place. Strings that a visitor chose (names, paths, user agents) never become a key
 * part: names are hashed, addresses are canonical (RFC 5952) and at most 43 characters long.
 *
 * @module
 */

type Key = Deno.KvKey;

/** How the name of a writer of whole hours' chunks begins. */
export const HOUR_WRITER = "~";

export const keys = {
  /** Which layout of the store this is; see schema.ts. */
  schemaVersion: (): Key => ["schema_version"],
  /** The SHA-256 of the backup that is being restored; gone when all of it is there. */
  restoring: (): Key => ["restoring"],
  /** Which store is being copied into this one, and how far; gone when all of it is there. */
  migrating: (): Key => ["migrating"],

  /** A block of request records, none of them later than `lastMs` or of another minute. */
  requestLog: (
    lastMs: number,
    writer: string,
    n: number,
  ): Key => ["request_log", lastMs, writer, n],
  requestLogAll: (): Key => ["request_log"],
  requestLogFrom: (ms: number): Key => ["request_log", ms],
  /** Chunks of a whole hour, whose writers begin with `HOUR_WRITER`: under the hour's end, behind all others of that time. */
  requestLogHours: (
    lastMs: number,
  ): Key => ["request_log", lastMs, HOUR_WRITER],

  /** Says that blocks of that minute were written that no rollup holds yet. */
  rollupMark: (minute: number): Key => ["rollup_mark", minute],
  rollupMarksAll: (): Key => ["rollup_mark"],
  /** An hour's or a day's counts of the request log. */
  rollup: (
    span: "hour" | "day",
    start: number,
  ): Key => ["rollup", span, start],
  rollupsOf: (span: "hour" | "day"): Key => ["rollup", span],
  /** Days whose hours have changed since the day was counted. */
  rollupStaleDay: (start: number): Key => ["rollup_stale_day", start],
  rollupStaleDaysAll: (): Key => ["rollup_stale_day"],
  /** When an hour's first records are forgotten and its rollup is to be counted anew. */
  rollupExpiry: (at: number, hour: number): Key => ["rollup_expiry", at, hour],
  rollupExpiriesAll: (): Key => ["rollup_expiry"],
  /** Where in an hour something occurs, so that a search can skip the rest. */
  whereabouts: (
    field: "status" | "country" | "ip" | "network" | "path" | "username",
    hour: number,
  ): Key => ["whereabouts", field, hour],

  /** The key by which lines of imported logs are recognised; see seen_lines.ts. */
  importKey: (): Key => ["import_key"],
  /** Runs of lines that were imported: numbers, no text. */
  importRuns: (session: string, n: number): Key => ["import_runs", session, n],
  importRunsAll: (): Key => ["import_runs"],
  /** The numbers of their lines. */
  importLines: (
    session: string,
    n: number,
  ): Key => ["import_lines", session, n],
  importLinesAll: (): Key => ["import_lines"],

  /** One entry of the blocklist or safelist, by its canonical address or range. */
  access: (
    list: "blocked" | "safe",
    cidr: string,
  ): Key => ["access", list, cidr],
  accessAll: (list: "blocked" | "safe"): Key => ["access", list],
  /** A host name on the safelist, and its last addresses. */
  safeHost: (name: string): Key => ["safe_host", name],
  safeHostsAll: (): Key => ["safe_host"],
  /** Bumped by every change of either list; what a process polls. */
  accessVersion: (): Key => ["access_version"],
  /** Changed by writes of entries that do not bump the version; see access_stamp.ts. */
  accessStamp: (): Key => ["access_stamp"],
  /** The change that led to a version, so that a follower need not read the lists again. */
  accessChange: (version: number): Key => ["access_change", version],
  accessChangesAll: (): Key => ["access_change"],
  /** Which copy of the lists in chunks is whole; see access_snapshot.ts. */
  accessSnapshot: (): Key => ["access_snapshot"],
  accessSnapshotChunk: (
    id: string,
    list: "blocked" | "safe",
    n: number,
  ): Key => ["access_snapshot_chunk", id, list, n],
  accessSnapshotChunks: (
    id: string,
    list: "blocked" | "safe",
  ): Key => ["access_snapshot_chunk", id, list],
  accessSnapshotChunksAll: (): Key => ["access_snapshot_chunk"],
  /** A feed: its source, schedule and last result. */
  feed: (name: string): Key => ["feed", name],
  feedsAll: (): Key => ["feed"],
  /** The entries of a feed's list, many to a value. */
  feedPart: (
    name: string,
    list: string,
    n: number,
  ): Key => ["feed_part", name, list, n],
  feedPartsAll: (): Key => ["feed_part"],
  feedParts: (name: string): Key => ["feed_part", name],
  feedPartsOf: (name: string, list: string): Key => ["feed_part", name, list],
  /** An admin's note about an address or range. */
  note: (cidr: string): Key => ["note", cidr],
  notesAll: (): Key => ["note"],
  /** How often an entry of the blocklist was hit. */
  blockHits: (cidr: string): Key => ["block_hits", cidr],
  blockHitsAll: (): Key => ["block_hits"],

  /** The key of receipts for blocked requests. */
  receiptKey: (): Key => ["receipt_key"],
  /** The key of hashed addresses before keys rotated daily. */
  privacyKey: (): Key => ["privacy_key"],
  /** The key for hashing addresses on the day that begins at `start`. */
  hashKey: (start: number): Key => ["hash_key", start],
  hashKeysAll: (): Key => ["hash_key"],
  /** The key for sealing whole addresses in the hour that begins at `start`. */
  sealKey: (start: number): Key => ["seal_key", start],
  sealKeysAll: (): Key => ["seal_key"],
  /** The key for hashing addresses in limits and caches. */
  addressNameKey: (): Key => ["address_name_key"],

  /** Times of the attempts that passed, per policy and subject. */
  throttle: (
    policy: string,
    subject: string,
  ): Key => ["throttle", policy, subject],
  throttlesAll: (): Key => ["throttle"],
  /** A process's counts for limits in memory. */
  limitShared: (
    ms: number,
    writer: string,
    n: number,
  ): Key => ["limit_told", ms, writer, n],
  limitSharedFrom: (ms: number): Key => ["limit_told", ms],
  limitToldAll: (): Key => ["limit_told"],
  /** A snapshot of subjects that have spent much of such limits. */
  limitSnapshot: (n: number): Key => ["limit_snapshot", n],
  limitSnapshotAll: (): Key => ["limit_snapshot"],

  /** The policy in force, and its version. */
  policy: (): Key => ["policy"],
  /** A policy that was in force. */
  policyVersion: (version: number): Key => ["policy_version", version],
  /** Rules that a machine or a decision about an incident has made for a time. */
  temporaryRules: (): Key => ["policy_temporary"],
  /** Paths that seem to accept passwords. */
  loginProposals: (): Key => ["login_proposals"],
  policyVersionsAll: (): Key => ["policy_version"],
  /** How often the rules acted in an hour. */
  policyHour: (start: number): Key => ["policy_hour", start],
  policyHoursAll: (): Key => ["policy_hour"],
  /** That a challenge was solved; a solution counts once. */
  challengeSolved: (id: string): Key => ["challenge_solved", id],
  challengesSolvedAll: (): Key => ["challenge_solved"],

  user: (id: string): Key => ["user", id],
  usersAll: (): Key => ["user"],
  /** From the SHA-256 of a folded user name to the user's id. */
  userByName: (nameHash: string): Key => ["user_by_name", nameHash],
  /** The id of the user whom an OpenID Connect provider names so. */
  userBySubject: (hash: string): Key => ["user_by_subject", hash],
  /** The ids of the active admins; changed together with their users. */
  admins: (): Key => ["admins"],
  /** A token for setting up the first admin, by its SHA-256. */
  setupToken: (hash: string): Key => ["setup_token", hash],
  setupTokensAll: (): Key => ["setup_token"],
  /** A session or an API token, by the SHA-256 of its secret. */
  session: (hash: string): Key => ["session", hash],
  sessionsAll: (): Key => ["session"],
  userSession: (
    userId: string,
    hash: string,
  ): Key => ["user_session", userId, hash],
  userSessions: (userId: string): Key => ["user_session", userId],
  userSessionsAll: (): Key => ["user_session"],

  /** A browser that its user has logged in from, by the SHA-256 of its cookie. */
  device: (hash: string): Key => ["device", hash],
  devicesAll: (): Key => ["device"],
  userDevice: (
    userId: string,
    hash: string,
  ): Key => ["user_device", userId, hash],
  userDevices: (userId: string): Key => ["user_device", userId],
  userDevicesAll: (): Key => ["user_device"],
  /** The accounts at which a client failed to log in, by its address or network. */
  spray: (subject: string): Key => ["spray", subject],
  spraysAll: (): Key => ["spray"],
  /** A user's second factor, and one that waits for its first code. */
  totp: (userId: string): Key => ["totp", userId],
  totpSetup: (userId: string): Key => ["totp_setup", userId],
  totpSetupsAll: (): Key => ["totp_setup"],
  /** A login that waits for its second factor, by the SHA-256 of its cookie. */
  pendingLogin: (hash: string): Key => ["pending_login", hash],
  pendingLoginsAll: (): Key => ["pending_login"],
  /** A pending login at the identity provider, by the hash of its state. */
  providerLogin: (hash: string): Key => ["provider_login", hash],
  providerLoginsAll: (): Key => ["provider_login"],
  /** That a user has hidden the list of first steps. */
  firstSteps: (userId: string): Key => ["first_steps", userId],
  /** The filters of the request log that a user has named. */
  savedFilters: (userId: string): Key => ["saved_filters", userId],
  /** The latest attempts to log in as a user. */
  recentLogins: (userId: string): Key => ["recent_logins", userId],
  recentLoginsAll: (): Key => ["recent_logins"],

  /** A block of attempts to log in; ordered by the time of its last one. */
  loginLog: (
    lastMs: number,
    writer: string,
    n: number,
  ): Key => ["login_log", lastMs, writer, n],
  loginLogFrom: (ms: number): Key => ["login_log", ms],
  loginLogAll: (): Key => ["login_log"],
  /** The key of hashed user names in logs and limits. */
  accountKey: (): Key => ["account_key"],

  finding: (id: string): Key => ["finding", id],
  findingsAll: (): Key => ["finding"],
  /** What lists need of a finding, by the time it was flagged. */
  findingByTime: (
    flaggedAt: number,
    id: string,
  ): Key => ["finding_by_time", flaggedAt, id],
  findingsByTime: (): Key => ["finding_by_time"],
  /** One attack, made of findings. */
  incident: (id: string): Key => ["incident", id],
  incidentsAll: (): Key => ["incident"],
  /** How many requests a clock hour had, for what is usual. */
  hourTotal: (start: number): Key => ["hour_total", start],
  hourTotalsAll: (): Key => ["hour_total"],
  /** What an admin has changed about the rules. */
  ruleSettings: (): Key => ["rule_settings"],
  /** How often an address was blocked automatically, so that blocks grow. */
  offence: (ip: string): Key => ["offence", ip],
  offencesAll: (): Key => ["offence"],
  /** What was done to whom, by whom and why; by time. */
  audit: (ms: number, id: string): Key => ["audit", ms, id],
  auditAll: (): Key => ["audit"],
  auditFrom: (ms: number): Key => ["audit", ms],
  /** An unfinished erasure. */
  erasure: (id: string): Key => ["erasure", id],
  erasuresAll: (): Key => ["erasure"],
  /** The state of the sweep. */
  sweep: (): Key => ["sweep"],
  /** Something removed by hand, kept while that can be undone. */
  removed: (
    kind: "feed" | "receiver",
    id: string,
  ): Key => ["removed", kind, id],
  removedAll: (): Key => ["removed"],
  /** Receivers of alerts, as set up in the console. */
  alertReceiver: (id: string): Key => ["alert_receiver", id],
  alertReceiversAll: (): Key => ["alert_receiver"],
  /** A receiver's waiting alerts, by time; `null` is the environment's webhook. */
  alert: (receiver: string | null, ms: number, id: string): Key =>
    receiver === null ? ["alert", ms, id] : ["alert_to", receiver, ms, id],
  alertsOf: (receiver: string | null): Key =>
    receiver === null ? ["alert"] : ["alert_to", receiver],
  alertsAll: (): Key => ["alert"],
  alertsToAll: (): Key => ["alert_to"],
  /** That an alert about a finding was sent. */
  alertSent: (findingId: string): Key => ["alert_told", findingId],
  alertsToldAll: (): Key => ["alert_told"],
  /** The delivery state of a receiver. */
  alertState: (receiver: string | null): Key =>
    receiver === null ? ["alert_state"] : ["alert_state_of", receiver],
  /** The progress of a job. */
  watermark: (job: string): Key => ["watermark", job],
  /** How the last run of a job went, in whatever process. */
  jobRun: (job: string): Key => ["job_run", job],
  jobRunsAll: (): Key => ["job_run"],
  /** When a backup was last made of the store. */
  lastBackup: (): Key => ["last_backup"],
  /** Written and deleted at once, to see whether the store can be written. */
  probe: (): Key => ["probe"],
  /** Which process runs a job. */
  lease: (job: string): Key => ["lease", job],

  /** Whether an address is verified as a crawler. */
  crawlerVerdict: (
    crawler: string,
    ip: string,
  ): Key => ["crawler_verdict", crawler, ip],
  crawlerVerdictsAll: (): Key => ["crawler_verdict"],
  /** The ranges that a crawler's operator publishes. */
  crawlerRanges: (crawler: string): Key => ["crawler_ranges", crawler],
  crawlerRangesAll: (): Key => ["crawler_ranges"],

  /** A cached answer of an external geolocation provider. */
  geo: (provider: string, ip: string): Key => ["geo", provider, ip],
  geoAll: (): Key => ["geo"],
} as const;
