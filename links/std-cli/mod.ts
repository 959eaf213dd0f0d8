/** Stand-in for `@std/cli`: what the app uses of it, from npm. @module */
export * from "./parse_args.ts";
export * from "./prompt_secret.ts";
