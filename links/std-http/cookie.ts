// @ts-types="./cookie.d.ts"
export {
  deleteCookie,
  getCookies,
  setCookie,
} from "npm:deno-std@1.4.0/http/cookie.js";
