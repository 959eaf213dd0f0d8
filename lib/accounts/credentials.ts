import * as v from "valibot";

/** The body of a signup, before any rule about names and passwords is applied. */
export const CredentialsBody = v.object({
  username: v.string("expected a text"),
  password: v.string("expected a text"),
});

/** The body of a change of one's own password. */
export const PasswordBody = v.object({
  current: v.string("expected a text"),
  next: v.string("expected a text"),
});

/** The body of a login; `code` is that of a second factor, for accounts that have one. */
export const LoginBody = v.object({
  ...CredentialsBody.entries,
  code: v.nullish(v.string("expected a text")),
});
