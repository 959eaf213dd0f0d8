/**
 * Every key that Portcullis writes to Deno KV is built here, so that the layout of the store can be
 * read in one place. Strings from visitors (names, paths, user agents) are never part of a key:
 * names are hashed, addresses are canonical (RFC 5952) and at most 43 characters long.
 *
 * @module
 */

type Key = Deno.KvKey;

/** Prefix of the names of writers of whole-hour chunks. */
export const HOUR_WRITER = "~";

export const keys = {
  /** The version of the store's layout; see schema.ts. */
  schemaVersion: (): Key => ["schema_version"],
  /** The SHA-256 of the backup that is being restored; removed when it is complete. */
  restoring: (): Key => ["restoring"],
  /**
   * The store that is being copied into this one, and the progress; removed when it is complete.
   */
  migrating: (): Key => ["migrating"],

  /** A chunk of request records, all in the same minute and none later than `lastMs`. */
  requestLog: (
    lastMs: number,
    writer: string,
    n: number,
  ): Key => ["request_log", lastMs, writer, n],
  requestLogAll: (): Key => ["request_log"],
  requestLogFrom: (ms: number): Key => ["request_log", ms],
  /**
   * Chunks of a whole hour, whose writers begin with `HOUR_WRITER`: under the hour's end, after all
   * others of that time.
   */
  requestLogHours: (
    lastMs: number,
  ): Key => ["request_log", lastMs, HOUR_WRITER],

  /** Set if chunks of that minute were written that no rollup contains yet. */
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
  /** When an hour's first records expire and its rollup must be counted again. */
  rollupExpiry: (at: number, hour: number): Key => ["rollup_expiry", at, hour],
  rollupExpiriesAll: (): Key => ["rollup_expiry"],
  /** The parts of an hour in which a value occurs, so that a search can skip the others. */
  whereabouts: (
    field: "status" | "country" | "ip" | "network" | "path" | "username",
    hour: number,
  ): Key => ["whereabouts", field, hour],

  /** The key by which lines of imported logs are recognised; see seen_lines.ts. */
  importKey: (): Key => ["import_key"],
  /** Runs of imported lines, by their hashes. */
  importRuns: (session: string, n: number): Key => ["import_runs", session, n],
  importRunsAll: (): Key => ["import_runs"],
  /** The hashes of their lines. */
  importLines: (
    session: string,
    n: number,
  ): Key => ["import_lines", session, n],
  importLinesAll: (): Key => ["import_lines"],
  /** Hours of imported records that detection has not run over. */
  importUnjudged: (
    session: string,
    n: number,
  ): Key => ["import_unjudged", session, n],
  importUnjudgedAll: (): Key => ["import_unjudged"],

  /** One entry of the blocklist or safelist, by its canonical address or range. */
  access: (
    list: "blocked" | "safe",
    cidr: string,
  ): Key => ["access", list, cidr],
  accessAll: (list: "blocked" | "safe"): Key => ["access", list],
  /** A host name on the safelist, and its last addresses. */
  safeHost: (name: string): Key => ["safe_host", name],
  safeHostsAll: (): Key => ["safe_host"],
  /** Incremented by every change of either list; polled by every process. */
  accessVersion: (): Key => ["access_version"],
  /** Changed by writes of entries that do not increment the version; see access_stamp.ts. */
  accessStamp: (): Key => ["access_stamp"],
  /** The change that led to a version, so that a follower need not reload the lists. */
  accessChange: (version: number): Key => ["access_change", version],
  accessChangesAll: (): Key => ["access_change"],
  /** The complete snapshot of the lists in chunks; see access_snapshot.ts. */
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
  /** The entries of a feed's list, many per value. */
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
  /** Number of requests refused by a blocklist entry. */
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

  /** Times of the allowed attempts, per policy and subject. */
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
  /** A snapshot of subjects that have used much of such limits. */
  limitSnapshot: (n: number): Key => ["limit_snapshot", n],
  limitSnapshotAll: (): Key => ["limit_snapshot"],

  /** The active policy, and its version. */
  policy: (): Key => ["policy"],
  /** An earlier policy. */
  policyVersion: (version: number): Key => ["policy_version", version],
  /** Temporary rules made by a machine or by a decision about an incident. */
  temporaryRules: (): Key => ["policy_temporary"],
  /** Paths that seem to accept passwords. */
  loginProposals: (): Key => ["login_proposals"],
  policyVersionsAll: (): Key => ["policy_version"],
  /** Number of times the rules acted in an hour. */
  policyHour: (start: number): Key => ["policy_hour", start],
  policyHoursAll: (): Key => ["policy_hour"],
  /** A solved challenge; a solution counts once. */
  challengeSolved: (id: string): Key => ["challenge_solved", id],
  challengesSolvedAll: (): Key => ["challenge_solved"],

  user: (id: string): Key => ["user", id],
  usersAll: (): Key => ["user"],
  /** From the SHA-256 of a folded user name to the user's id. */
  userByName: (nameHash: string): Key => ["user_by_name", nameHash],
  /** The id of the user with this OpenID Connect subject. */
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
  /** A user's second factor, and one that awaits its first code. */
  totp: (userId: string): Key => ["totp", userId],
  totpSetup: (userId: string): Key => ["totp_setup", userId],
  totpSetupsAll: (): Key => ["totp_setup"],
  /** A login that awaits its second factor, by the SHA-256 of its cookie. */
  pendingLogin: (hash: string): Key => ["pending_login", hash],
  pendingLoginsAll: (): Key => ["pending_login"],
  /** A pending login at the identity provider, by the hash of its state. */
  providerLogin: (hash: string): Key => ["provider_login", hash],
  providerLoginsAll: (): Key => ["provider_login"],
  /** Set if a user has hidden the list of first steps. */
  firstSteps: (userId: string): Key => ["first_steps", userId],
  /** A user's saved filters of the request log. */
  savedFilters: (userId: string): Key => ["saved_filters", userId],
  /** The latest attempts to log in as a user. */
  recentLogins: (userId: string): Key => ["recent_logins", userId],
  recentLoginsAll: (): Key => ["recent_logins"],

  /** A chunk of login attempts; ordered by the time of its last one. */
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
  /** The fields of a finding that lists need, by the time it was flagged. */
  findingByTime: (
    flaggedAt: number,
    id: string,
  ): Key => ["finding_by_time", flaggedAt, id],
  findingsByTime: (): Key => ["finding_by_time"],
  /** An attack, as a group of findings. */
  incident: (id: string): Key => ["incident", id],
  incidentsAll: (): Key => ["incident"],
  /** Number of requests in a clock hour, to know the usual number. */
  hourTotal: (start: number): Key => ["hour_total", start],
  hourTotalsAll: (): Key => ["hour_total"],
  /** An admin's changes of the rules. */
  ruleSettings: (): Key => ["rule_settings"],
  /** How often an address was blocked automatically, so that blocks grow. */
  offence: (ip: string): Key => ["offence", ip],
  offencesAll: (): Key => ["offence"],
  /** An entry of the audit trail, by time. */
  audit: (ms: number, id: string): Key => ["audit", ms, id],
  auditAll: (): Key => ["audit"],
  auditFrom: (ms: number): Key => ["audit", ms],
  /** An unfinished erasure. */
  erasure: (id: string): Key => ["erasure", id],
  erasuresAll: (): Key => ["erasure"],
  /** The state of the sweep. */
  sweep: (): Key => ["sweep"],
  /** Something removed manually, kept while that can be undone. */
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
  /** Set if an alert about a finding was sent. */
  alertSent: (findingId: string): Key => ["alert_told", findingId],
  alertsToldAll: (): Key => ["alert_told"],
  /** The delivery state of a receiver. */
  alertState: (receiver: string | null): Key =>
    receiver === null ? ["alert_state"] : ["alert_state_of", receiver],
  /** The progress of a job. */
  watermark: (job: string): Key => ["watermark", job],
  /** The result of a job's last run, in any process. */
  jobRun: (job: string): Key => ["job_run", job],
  jobRunsAll: (): Key => ["job_run"],
  /** When the store was last backed up. */
  lastBackup: (): Key => ["last_backup"],
  /** Written and deleted at once, to test whether the store can be written. */
  probe: (): Key => ["probe"],
  /** The process that runs a job. */
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
