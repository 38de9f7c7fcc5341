import { z } from "zod";

/** What the record of a folder in basewise's own store says. */
export const recordSchema = z.object({
  /** The reference without a choice. */
  reference: z.string().min(1).max(2048),
  name: z.string().min(1).max(1024),
  files: z.array(
    z.object({
      name: z.string(),
      bytes: z.number(),
      sha256: z.string().nullable(),
      version: z.string().nullable(),
    }),
  ),
});
export type OwnRecord = z.infer<typeof recordSchema>;
