import { Refusal } from "../base/refusal.ts";

/** Another account has this name, in one of its spellings. */
export class UsernameTakenError extends Refusal {
  override name = "UsernameTakenError";
  constructor() {
    super("conflict", "Cannot create user: the name is taken");
  }
}

/** The change would leave no active admin. */
export class LastAdminError extends Refusal {
  override name = "LastAdminError";
  constructor() {
    super(
      "conflict",
      "Cannot remove the last active admin with a password: make another user an admin first",
    );
  }
}

/** There is an admin already, so no first one can be made. */
export class AdminExistsError extends Refusal {
  override name = "AdminExistsError";
  constructor() {
    super("conflict", "Cannot create the first admin: an admin exists already");
  }
}

/** The set-up token is unknown, used or expired. */
export class SetupTokenError extends Refusal {
  override name = "SetupTokenError";
  constructor() {
    super(
      "forbidden",
      "Cannot set up: the link is not valid, has been used or has expired",
    );
  }
}

/** No user has this id. */
export class UnknownUserError extends Refusal {
  override name = "UnknownUserError";
  constructor() {
    super("missing", "Cannot change user: no such user");
  }
}

/** A name or a password breaks the rules; the message is a sentence for whoever typed it. */
export class InvalidInputError extends Refusal {
  override name = "InvalidInputError";
  constructor(readonly field: "username" | "password", message: string) {
    super("invalid", message);
  }
}

/** Too many passwords wait to be hashed; answered with 503 and `Retry-After`. */
export class BusyError extends Refusal {
  override name = "BusyError";
  constructor(readonly retryAfterMs: number) {
    super("busy", "Cannot hash password: too many are waiting");
  }
}
