import type { Provider } from "./provider.ts";

/** ipapi.co without a key. https://ipapi.co/api/ */
export const ipapi: Provider = {
  name: "ipapi",
  source: "ipapi.co",
  urls: [(ip) => `https://ipapi.co/${ip}/json/`],
  bearer: false,
  pick(answer) {
    if (answer.error === true) {
      if (answer.reserved === true) return null;
      throw new Error("The provider answered with an error");
    }
    return {
      country_code: answer.country_code,
      city: answer.city,
      latitude: answer.latitude,
      longitude: answer.longitude,
    };
  },
};
