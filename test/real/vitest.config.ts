import { defineConfig, type ViteUserConfig } from "vitest/config";

/** `npm run test:real`: apart from the other tests, because it needs a download. */
const config: ViteUserConfig = defineConfig({
  test: { include: ["test/real/*.real.ts"], passWithNoTests: false, hookTimeout: 600_000 },
});
export default config;
