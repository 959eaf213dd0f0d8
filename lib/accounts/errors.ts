/** Another account has this name, in one of its spellings. */
export class UsernameTakenError extends Error {
  override name = "UsernameTakenError";
  constructor() {
    super("Cannot create user: the name is taken");
  }
}

/** The change would leave no active admin. */
export class LastAdminError extends Error {
  override name = "LastAdminError";
  constructor() {
    super(
      "Cannot take away the last active admin: make another user an admin first",
    );
  }
}

/** There is an admin already, so no first one can be made. */
export class AdminExistsError extends Error {
  override name = "AdminExistsError";
  constructor() {
    super("Cannot create the first admin: an admin exists already");
  }
}

/** The set-up token is unknown, used or expired. */
export class SetupTokenError extends Error {
  override name = "SetupTokenError";
  constructor() {
    super(
      "Cannot set up: the link is not valid, has been used or has expired",
    );
  }
}

/** No user has this id. */
export class UnknownUserError extends Error {
  override name = "UnknownUserError";
  constructor() {
    super("Cannot change user: no such user");
  }
}

/** A name or a password breaks the rules; the message is a sentence for whoever typed it. */
export class InvalidInputError extends RangeError {
  override name = "InvalidInputError";
  constructor(readonly field: "username" | "password", message: string) {
    super(message);
  }
}

/** Too many passwords wait to be hashed; answered with 503 and `Retry-After`. */
export class BusyError extends Error {
  override name = "BusyError";
  constructor(readonly retryAfterMs: number) {
    super("Cannot hash password: too many are waiting");
  }
}
