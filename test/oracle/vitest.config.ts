import { defineConfig, type ViteUserConfig } from "vitest/config";

/** `npm run test:oracle`: apart from the other tests, because it needs Python and its packages. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/oracle/*.oracle.ts"],
    passWithNoTests: false,
    testTimeout: 300_000,
    hookTimeout: 1_800_000,
  },
});
export default config;
