/**
 * Accounts: users, their passwords and their sessions.
 *
 * @module
 */
export * from "./change_user.ts";
export {
  type AccountMaker,
  createFirstAdmin,
  createUser,
  type Credentials,
} from "./create_user.ts";
export * from "./errors.ts";
export * from "./login.ts";
export * from "./password_rules.ts";
export * from "./passwords.ts";
export * from "./session_cookie.ts";
export * from "./sessions.ts";
export * from "./setup.ts";
export * from "./signup.ts";
export * from "./user.ts";
export * from "./usernames.ts";
export * from "./users.ts";
