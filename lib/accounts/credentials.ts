import * as v from "valibot";

/** The body of a login or signup, before any rule about names and passwords is applied. */
export const CredentialsBody = v.object({
  username: v.string("expected a text"),
  password: v.string("expected a text"),
});
