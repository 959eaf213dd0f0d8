/** Stand-in for `@std/http`: what the app uses of it, from npm. @module */
export * from "./negotiation.ts";
