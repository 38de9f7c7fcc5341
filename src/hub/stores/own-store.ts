import { createHash } from "node:crypto";
import { join } from "node:path";
import { filesOfFolder } from "../model-files.ts";
import {
  type OllamaReference,
  ollamaText,
  type RepositoryReference,
  repositoryText,
} from "../parse-reference.ts";
import { foldersIn } from "./folders.ts";
import { chosenOfFolder, type FolderNaming, type LocalModel, modelsOfFolder } from "./local-model.ts";
import type { OwnRecord } from "./own-record.ts";

/** What basewise keeps in a store of its own, because it has no other home. */
export type OwnReference =
  | RepositoryReference
  | OllamaReference
  | { readonly kind: "url"; readonly url: URL };

/** The file that makes a folder of the store a model: where it came from, and what it should hold. */
export const RECORD = "basewise.json";
const MAX_RECORD_BYTES = 16 * 2 ** 20;
/** `ollama/<host>/<namespace>/<model>/<tag>` is the deepest. */
const MAX_DEPTH = 5;

/** The folder of the own store for what a reference names. */
export function ownFolder(store: string, reference: OwnReference): string {
  switch (reference.kind) {
    case "ollama":
      // A port's colon is no part of a file name on every system.
      return join(
        store,
        "ollama",
        reference.host.replace(":", "_"),
        reference.namespace,
        reference.model,
        reference.tag,
      );
    case "url": {
      const digest = createHash("sha256").update(reference.url.href).digest("hex");
      return join(store, "url", reference.url.host.replace(/[^\w.-]/g, "_"), digest.slice(0, 16));
    }
    default:
      return join(store, reference.kind.replace(" ", "-"), ...reference.name.split("/"));
  }
}

/** A reference as text, without the choice among files. */
export function ownText(reference: OwnReference): string {
  if (reference.kind === "ollama") return ollamaText(reference);
  if (reference.kind === "url") return reference.url.href;
  const { kind, name } = reference;
  return repositoryText({ kind, name });
}

/** The record of a folder of the store; undefined where it is none or damaged. */
export async function readRecord(folder: string): Promise<OwnRecord | undefined> {
  try {
    const text = await filesOfFolder(folder).text(RECORD, MAX_RECORD_BYTES);
    if (text === undefined) return undefined;
    // The check takes longer to load than all the rest of a reference's resolution.
    const { recordSchema } = await import("./own-record.ts");
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** All models of the own store. */
export async function modelsInOwnStore(store: string): Promise<LocalModel[]> {
  const models: LocalModel[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const record = await readRecord(folder);
    if (record !== undefined) models.push(...(await modelsOfFolder(folder, naming(record))));
    else if (depth < MAX_DEPTH) {
      for (const name of await foldersIn(folder)) await visit(join(folder, name), depth + 1);
    }
  };
  await visit(store, 0);
  return models;
}

/** The models of the own store that a reference names. */
export async function findInOwnStore(store: string, reference: OwnReference): Promise<LocalModel[]> {
  const folder = ownFolder(store, reference);
  const record = await readRecord(folder);
  if (record === undefined || record.reference !== ownText(reference)) return [];
  return chosenOfFolder(folder, naming(record), "choice" in reference ? reference.choice : undefined);
}

function naming({ reference, name }: OwnRecord): FolderNaming {
  const isRepository = reference.startsWith("modelscope:");
  return {
    store: "basewise",
    name,
    reference: (choice) => (isRepository && choice !== undefined ? `${reference}:${choice}` : reference),
  };
}
